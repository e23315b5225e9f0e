import { resourceOfKind } from '@kubernode/api';
import { createFieldManager, managerName, type FieldManager, type GroupVersionKind, type KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import { decodeBody } from '../../endpoints/decode-body.ts';
import { valueAnswer, wantsPretty } from '../../endpoints/encode-value.ts';
import type { EncodeProtobuf } from '../../endpoints/endpoint-services.ts';
import { negotiate } from '../../endpoints/negotiation.ts';
import { writeOptions } from '../../endpoints/request-options.ts';
import { builtInGoFields, builtInSchema } from '../../registry/object-schemas.ts';
import type { ReviewCodec } from './review-codec.ts';

/** Reviews in whatever encoding the client speaks, checked by their schemas and with managed fields like objects that are stored. */
export function httpReviewCodec({ encodeProtobuf, clock }: { encodeProtobuf: EncodeProtobuf; clock: Pick<Clock, 'now'> }): ReviewCodec {
  const managers = new Map<string, FieldManager>();
  return {
    read(request, { info: { subresource }, warnings, audit }, kind): KubeObject {
      negotiate(request.headers['accept'], { transforms: [], watchable: false });
      const { fieldValidation, fieldManager } = writeOptions('CreateOptions', request.query);
      const schema = resourceOfKind(kind)?.schema ?? `io.k8s.api.${kind.group.split('.')[0] ?? ''}.${kind.version}.${kind.kind}`; // kinds of subresources have no resource of their own
      const object = decodeBody(request, { ...kind, schema }, { fieldValidation, warn: (text) => { warnings.push(text); } });
      audit?.requestObject(object);
      const manager = managerFor(managers, { kind, schema, subresource });
      const { metadata: { managedFields } } = manager.update({ live: undefined, next: asGiven(object), manager: managerName(fieldManager, request.headers['user-agent']), now: clock.now() });
      return withEntries(object, managedFields);
    },
    answer(request, status, object) {
      const { encoding, pretty } = negotiate(request.headers['accept'], { transforms: [], watchable: false });
      return valueAnswer(status, object, { encoding, pretty: pretty || wantsPretty(request.query, request.headers['user-agent']), encodeProtobuf });
    },
  };
}

function managerFor(managers: Map<string, FieldManager>, { kind, schema, subresource }: { kind: GroupVersionKind; schema: string; subresource: string }): FieldManager {
  let manager = managers.get(kind.kind);
  if (manager === undefined) managers.set(kind.kind, manager = createFieldManager({ kind, schema: { $ref: `#/components/schemas/${schema}` }, resolver: builtInSchema, goFields: builtInGoFields, subresource }));
  return manager;
}

/** What the client set: without fields that only stand for their absence, and without a status, which is the answer. */
function asGiven({ status: _status, ...object }: KubeObject): KubeObject {
  return pruned(object) as KubeObject; // what makes an object of it is never empty
}

function pruned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0)).map(([key, one]) => [key, pruned(one)]));
}

/** Who set nothing is not listed. */
function withEntries(object: KubeObject, managedFields: KubeObject['metadata']['managedFields']): KubeObject {
  const { managedFields: _given, ...metadata } = object.metadata;
  const entries = (managedFields ?? []).filter(({ fieldsV1 }) => Object.keys(fieldsV1 ?? {}).length > 0);
  return { ...object, metadata: { ...metadata, ...(entries.length > 0 && { managedFields: entries }) } };
}

import type { autoscalingV1 } from '@kubernode/api';
import {
  copyJson, formatLabelSelector, invalid, invalidValue, managedFieldsAfterScale, managedFieldsOfScale, notFound, selectorFromLabels, selectorFromLabelSelector,
  type KubeObject, type LabelSelectorObject, type ReplicasPaths,
} from '@kubernode/apimachinery';
import type { Handler } from '../../pipeline/api-request.ts';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import { updateObject } from '../../registry/write/update-object.ts';
import { checkNamespace } from '../create.ts';
import { decodeBody, targetOf } from '../decode-body.ts';
import type { EndpointServices } from '../endpoint-services.ts';
import { valueAnswer } from '../encode-value.ts';
import { trackUpdate } from '../managed-fields.ts';
import { objectForm, transformObject, type AnswerForm } from '../object-answer.ts';
import { createPatcher, patchType } from '../patch.ts';
import { writeOptions } from '../request-options.ts';
import { checkName } from '../update.ts';
import { writeRequestOf } from '../write-request-of.ts';

type Scale = autoscalingV1.Scale & KubeObject;
interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelectorObject | Record<string, string> };
  status?: { replicas?: number };
}

const SCALE_KIND = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** /scale: the replicas of a workload, the same for every kind that has them. */
export function scaleHandlers(served: ServedResource, services: EndpointServices): Readonly<Record<'get' | 'update' | 'patch', Handler>> {
  const asScale = scaleResource(served);
  const write = (verb: 'update' | 'patch'): Handler => async (request, context) => {
    const type = verb === 'patch' ? patchType(request.headers['content-type']) : undefined;
    const form = objectForm(request);
    const options = writeOptions(verb === 'patch' ? 'PatchOptions' : 'UpdateOptions', request.query, type === 'apply');
    const writeRequest = writeRequestOf(served, request, context, options);
    if (type !== undefined) context.audit?.requestPatch(request.body);
    const next = type === undefined ? replacement() : createPatcher(type, { served: asScale, services, request, options, subresource: 'scale', warn: writeRequest.warn });
    const { object } = await updateObject({
      allowCreate: false,
      next: (current) => {
        const parent = copyJson(current) as Scalable; // never missing: creation is not allowed
        const wanted = next(trackedScaleOf(parent, served)) as Scale; // decoded as one
        checkName(wanted, context.info.name);
        checkNamespace(served, wanted, context.info.namespace);
        return withScale(parent, wanted, served);
      },
    }, writeRequest, services.write);
    return answer(object.decode<Scalable>(), form);

    function replacement(): (live: KubeObject | undefined) => KubeObject {
      const body = decodeBody(request, targetOf(asScale), { fieldValidation: options.fieldValidation, warn: writeRequest.warn });
      context.audit?.requestObject(body);
      return (live) => trackUpdate(live, copyJson(body), { served: asScale, services, request, fieldManager: options.fieldManager, subresource: 'scale' });
    }
  };
  const answer = (parent: Scalable, form: AnswerForm): ReturnType<typeof valueAnswer> =>
    valueAnswer(200, transformObject(served, scaleOf(parent, served), form, services), { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  return {
    update: write('update'), patch: write('patch'),
    get: async (request, { info }) => {
      const form = objectForm(request);
      const stored = await served.storage.store.get(storeKey(served.storage, info.namespace, info.name), { freshness: { kind: 'consistent' }, signal: request.signal });
      if (stored === undefined) throw notFound(served.storage, info.name);
      return answer(stored.decode<Scalable>(), form);
    },
  };
}

/** The Scale as a kind of its own, for decoding, patching and tracking. */
function scaleResource(served: ServedResource): ServedResource {
  const { conversion: _conversion, ...rest } = served;
  return { ...rest, facts: { ...served.facts, schema: 'io.k8s.api.autoscaling.v1.Scale', kind: 'Scale' }, kind: SCALE_KIND, apiVersion: 'autoscaling/v1', storage: { ...served.storage, strategy: {}, hasStatus: true } };
}

/** A Scale as clients see it: who owns what stays with the workload. */
function scaleOf({ metadata, spec, status }: Scalable, { facts }: ServedResource): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const selector = facts.group === '' ? selectorFromLabels(spec?.selector as Record<string, string> | undefined) : selectorFromLabelSelector(spec?.selector as LabelSelectorObject | undefined); // replication controllers select by a plain map
  const text = formatLabelSelector(selector);
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), ...(uid && { uid }), ...(resourceVersion && { resourceVersion }), ...(creationTimestamp && { creationTimestamp }) },
    spec: spec?.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status?.replicas ?? 0, ...(text !== '' && { selector: text }) },
  } as Scale; // the fields of one
}

/** A Scale with the owners of its replicas, for patching and tracking. */
function trackedScaleOf(parent: Scalable, served: ServedResource): Scale {
  const scale = scaleOf(parent, served);
  const entries = managedFieldsOfScale(parent.metadata.managedFields, pathsOf(served.apiVersion));
  return entries === undefined || entries.length === 0 ? scale : { ...scale, metadata: { ...scale.metadata, managedFields: entries } };
}

function pathsOf(apiVersion: string): ReplicasPaths {
  return { [apiVersion]: ['spec', 'replicas'] };
}

/** The workload with the replicas of a Scale; the Scale's resourceVersion and uid are preconditions. */
function withScale(parent: Scalable, scale: Scale, { apiVersion, kind }: ServedResource): KubeObject {
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) throw invalid(SCALE_KIND, scale.metadata.name, [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  const entries = managedFieldsAfterScale({ entries: parent.metadata.managedFields, scaleEntries: scale.metadata.managedFields, apiVersion, replicas: pathsOf(apiVersion) });
  const { managedFields: _managedFields, ...metadata } = parent.metadata;
  return {
    ...parent, kind: kind.kind, apiVersion, spec: { ...parent.spec, replicas },
    metadata: { ...metadata, resourceVersion: scale.metadata.resourceVersion ?? '', ...(scale.metadata.uid && { uid: scale.metadata.uid }), ...(entries && { managedFields: entries }) },
  };
}

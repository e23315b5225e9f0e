import { badRequest, internalErrorWithoutReason, type KubeObject } from '@kubernode/apimachinery';
import type { StoredObject } from '@kubernode/storage';
import type { ApiRequest, BufferedAnswer } from '../pipeline/api-request.ts';
import { bytesOf, goTypeOf, objectOf, type ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices, TableOptions } from './endpoint-services.ts';
import { isPlain, valueAnswer, wantsPretty } from './encode-value.ts';
import { contentTypeOf, negotiate, unfitTransform, type Negotiated, type Transform } from './negotiation.ts';
import { partialMetadata } from './partial-metadata.ts';

/** How an object or list is to be answered, found out before anything is done. */
export interface AnswerForm extends Negotiated { pretty: boolean; includeObject: TableOptions['includeObject'] }

const METADATA: readonly Transform[] = ['PartialObjectMetadata', 'PartialObjectMetadataList'];
const TRANSFORMS: readonly Transform[] = ['Table', ...METADATA];
/** Subresources of which there are no tables. */
const WITHOUT_TABLES: ReadonlySet<string> = new Set(['ephemeralcontainers', 'finalize', 'resize']);

export function objectForm(request: ApiRequest, { custom }: Pick<ServedResource, 'custom'> = {}, subresource = ''): AnswerForm {
  const transforms = WITHOUT_TABLES.has(subresource) ? METADATA : TRANSFORMS;
  return formOf(request, negotiate(request.headers['accept'], { transforms, watchable: false, isCustom: custom !== undefined }));
}

/** For what answers with a Status, which stays one whatever of it was asked for. */
export function statusForm(request: ApiRequest): AnswerForm {
  return formOf(request, negotiate(request.headers['accept'], { transforms: METADATA, watchable: false }));
}

export function listForm(request: ApiRequest, { custom }: Pick<ServedResource, 'custom'> = {}): AnswerForm {
  return formOf(request, negotiate(request.headers['accept'], { transforms: TRANSFORMS, watchable: true, isCustom: custom !== undefined }));
}

const PLAIN_FORM: AnswerForm = Object.freeze({ encoding: 'json', transform: 'none', transformVersion: 'v1', pretty: false, includeObject: 'Metadata' });

export function formOf(request: ApiRequest, negotiated: Negotiated): AnswerForm {
  const pretty = negotiated.pretty || wantsPretty(request.query, request.headers['user-agent']);
  if (!pretty && negotiated.encoding === 'json' && negotiated.transform === 'none') return PLAIN_FORM;
  return { ...negotiated, pretty, includeObject: negotiated.transform === 'Table' ? includeObject(request.query) : 'Metadata' };
}

function includeObject(query: URLSearchParams): TableOptions['includeObject'] {
  const asked = query.get('includeObject') ?? '';
  if (asked === '') return 'Metadata';
  if (asked === 'None' || asked === 'Metadata' || asked === 'Object') return asked;
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`);
}

const NEWLINE = Buffer.from('\n');

/** A stored object as the client wants it: the shared bytes themselves where that is what it wants. */
export function objectAnswer(status: number, { served, object, form, services }: { served: ServedResource; object: StoredObject; form: AnswerForm; services: EndpointServices }): BufferedAnswer {
  if (isPlain(form, form.pretty)) return { kind: 'buffered', status, contentType: contentTypeOf(form.encoding), body: [bytesOf(served, object), NEWLINE] };
  const value = transformObject(served, objectOf(served, object), form, services);
  return valueAnswer(status, value, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
}

export function transformObject(served: ServedResource, object: KubeObject, form: AnswerForm, services: EndpointServices, withoutHeaders?: boolean): object {
  switch (form.transform) {
    case 'none': return object;
    case 'PartialObjectMetadata': return partialMetadata(object, form.transformVersion);
    case 'PartialObjectMetadataList': throw served.custom !== undefined ? internalErrorWithoutReason('content is not a list') : unfitTransform(`you requested PartialObjectMetadataList, but the requested object is not a list (${goTypeOf(served)})`);
    case 'Table': return services.printTable(served, [object], {
      metadata: { resourceVersion: object.metadata.resourceVersion }, version: form.transformVersion, includeObject: form.includeObject, withoutHeaders, now: services.clock.now(),
    });
  }
}

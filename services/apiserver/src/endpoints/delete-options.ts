import { badRequest, DecodeError, invalid, invalidValue, isJsonObject, notSupported, type FieldError, type KubeObject, type StatusError } from '@kubernode/apimachinery';
import { isTrue } from '../filters/request-info.ts';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { compiledSchema } from '../registry/object-schemas.ts';
import { decodeDocument, type Document } from './decode-document.ts';
import { dryRunErrors, META_GROUP, parseGoInt } from './request-options.ts';

export type PropagationPolicy = 'Orphan' | 'Background' | 'Foreground';

export interface DeleteRequestOptions {
  dryRun: boolean;
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: PropagationPolicy | undefined;
  /** One that is given holds, also when it is empty. */
  preconditions: { uid?: string | undefined; resourceVersion?: string | undefined };
  raw: Readonly<Record<string, unknown>>;
}

/** Options of a deletion: from the body when there is one, which replaces the query entirely. */
export function deleteOptions(query: URLSearchParams, body: unknown): DeleteRequestOptions {
  const raw = body === undefined ? optionsOfQuery(query) : optionsOfBody(body);
  const errors = deleteErrors(raw);
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind: 'DeleteOptions' }, '', errors);
  const preconditions = isJsonObject(raw['preconditions']) ? raw['preconditions'] : {};
  return {
    dryRun: Array.isArray(raw['dryRun']) && raw['dryRun'].length > 0,
    gracePeriodSeconds: typeof raw['gracePeriodSeconds'] === 'number' ? raw['gracePeriodSeconds'] : undefined,
    propagationPolicy: policyOf(raw),
    preconditions: { uid: textOf(preconditions['uid']), resourceVersion: textOf(preconditions['resourceVersion']) },
    raw: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...raw },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function policyOf(raw: Readonly<Record<string, unknown>>): PropagationPolicy | undefined {
  if (raw['orphanDependents'] === true) return 'Orphan';
  if (raw['orphanDependents'] === false) return 'Background';
  return raw['propagationPolicy'] as PropagationPolicy | undefined; // one of them: deleteErrors has looked
}

/** A resourceVersion in the query is a precondition here, that of a list to be deleted, too. */
function optionsOfQuery(query: URLSearchParams): Record<string, unknown> {
  const grace = query.get('gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  const policy = query.get('propagationPolicy');
  const dryRun = query.getAll('dryRun');
  const [uid, resourceVersion] = [query.get('uid') ?? '', query.get('resourceVersion') ?? ''];
  return {
    ...(grace !== null && { gracePeriodSeconds: parseGoInt(grace) }), ...(orphan !== null && { orphanDependents: isTrue(orphan) }),
    ...(policy !== null && { propagationPolicy: policy }), ...(dryRun.length > 0 && { dryRun }),
    ...((uid !== '' || resourceVersion !== '') && { preconditions: { ...(uid !== '' && { uid }), ...(resourceVersion !== '' && { resourceVersion }) } }),
  };
}

function optionsOfBody(body: unknown): Record<string, unknown> {
  return isJsonObject(body) ? body : {};
}

function deleteErrors(raw: Readonly<Record<string, unknown>>): FieldError[] {
  const { orphanDependents, propagationPolicy, dryRun } = raw;
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && orphanDependents !== null && propagationPolicy !== undefined && propagationPolicy !== null) errors.push(invalidValue('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  if (propagationPolicy !== undefined && propagationPolicy !== null && !['Foreground', 'Background', 'Orphan'].includes(String(propagationPolicy))) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  return Array.isArray(dryRun) ? [...errors, ...dryRunErrors(dryRun.map(String))] : errors;
}

/** DeleteOptions in the body, of which unknown fields and versions are taken as they come. */
export function deleteBody(request: Pick<ApiRequest, 'body' | 'headers'>, { audit }: Pick<RequestContext, 'audit'>): unknown {
  if (request.body.length === 0) return undefined;
  const { value, ...type } = decodeDocument(request.body, request.headers['content-type'], badRequest);
  const refusal = kindRefusal(type);
  if (refusal !== undefined) throw refusal;
  const known = knownOptions(value ?? {});
  audit?.requestObject({ ...known, kind: 'DeleteOptions', apiVersion: AUDITED_VERSION } as unknown as KubeObject); // options have no metadata
  return known;
}

/** kube-apiserver writes options into its audit in the version that it decodes them to. */
const AUDITED_VERSION = 'meta.k8s.io/__internal';
/** Kinds that mean the same in every version, so that they are read before it shows that they are no options. */
const UNVERSIONED_KINDS: ReadonlySet<string> = new Set(['Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList', 'CreateOptions', 'UpdateOptions']);
/** The same of what meta.k8s.io itself has. */
const META_KINDS: Readonly<Record<string, ReadonlySet<string>>> = {
  'meta.k8s.io/v1': new Set(['ListOptions', 'GetOptions', 'PatchOptions', 'WatchEvent', 'Table', 'TableOptions', 'PartialObjectMetadata', 'PartialObjectMetadataList']),
  'meta.k8s.io/v1beta1': new Set(['Table', 'TableOptions', 'PartialObjectMetadata', 'PartialObjectMetadataList']),
};

function kindRefusal({ kind, apiVersion }: Pick<Document, 'kind' | 'apiVersion'>): StatusError | undefined {
  if (apiVersion.split('/').length > 2) return badRequest(`unexpected GroupVersion string: ${apiVersion}`);
  if (kind === '' || kind === 'DeleteOptions') return undefined;
  const version = apiVersion === '' ? `${META_GROUP}/v1` : apiVersion;
  if (UNVERSIONED_KINDS.has(kind) || META_KINDS[version]?.has(kind) === true) return badRequest(`converting (v1.${kind}) to (v1.DeleteOptions): unknown conversion`);
  return badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`);
}

function knownOptions(options: unknown): object {
  try {
    return compiledSchema('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')?.normalise(options).object ?? {};
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error;
  }
}

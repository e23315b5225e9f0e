import { resourceOfKind } from '@kubernode/api';
import { badRequest, DecodeError, formatApiVersion, isJsonObject, parseApiVersion, strictFaults, type KubeObject, type StatusError } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import { compiledSchema } from '../registry/object-schemas.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { decodeDocument, unrecognized, type Document } from './decode-document.ts';
import type { FieldValidation } from './request-options.ts';

export interface DecodeTarget {
  group: string;
  version: string;
  kind: string;
  /** Versions of the group that say the same and are taken, too. */
  otherVersions?: readonly string[];
  /** Key into the schemas; nothing is known of the fields without one. */
  schema: string | undefined;
  /** Defaults that schemas cannot say. */
  defaults?: ((object: KubeObject) => void) | undefined;
}

export interface DecodeOptions { fieldValidation: FieldValidation; warn(text: string): void }

/** A strategy knows the stored version; other versions get its defaults when they are converted. */
export function targetOf({ kind, facts, conversion, storage: { strategy } }: ServedResource): DecodeTarget {
  return { ...kind, schema: facts.schema, ...(conversion === undefined && strategy.defaults && { defaults: strategy.defaults.bind(strategy) }) };
}

/** The object in a request's body, of the kind the path asks for, with schema defaults. Throws Kubernetes' 400 and 415. */
export function decodeBody(request: Pick<ApiRequest, 'body' | 'headers'>, target: DecodeTarget, options: DecodeOptions): KubeObject {
  const document = decodeDocument(request.body, request.headers['content-type'], (message) => unrecognized(target.kind, message, request.body));
  checkKind(target, document, request.body);
  return normaliseObject(document, target, options);
}

/** What Kubernetes makes of a value of this kind: defaults, no unknown fields, values in their own form. */
export function normaliseObject(document: Pick<Document, 'value' | 'occurrences' | 'duplicates'> & { /** Unknown fields are told by name, not by place. */ sortsFaults?: boolean }, target: DecodeTarget, { fieldValidation, warn }: DecodeOptions): KubeObject {
  const { object, unknownFields } = normalise(document.value, target, fieldValidation !== 'Ignore');
  if (fieldValidation !== 'Ignore') {
    const faults = [...document.duplicates, ...strictFaults(document.sortsFaults === true ? unknownFields.toSorted() : unknownFields, document.occurrences)];
    if (faults.length > 0 && fieldValidation === 'Strict') throw cannotBeHandled(target, `strict decoding error: ${faults.join(', ')}`);
    for (const fault of faults) warn(fault);
  }
  const decoded = asKubeObject(object, target);
  target.defaults?.(decoded);
  return decoded;
}

function normalise(value: unknown, target: DecodeTarget, report: boolean): { object: Record<string, unknown>; unknownFields: readonly string[] } {
  const schema = target.schema === undefined ? undefined : compiledSchema(target.schema);
  if (schema === undefined) return { object: isJsonObject(value) ? value : {}, unknownFields: [] };
  try {
    return schema.normalise(value, { report: report ? 'collect' : 'none' });
  } catch (error) {
    throw error instanceof DecodeError ? cannotBeHandled(target, error.message) : error;
  }
}

function asKubeObject(object: Record<string, unknown>, target: DecodeTarget): KubeObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  return { kind: target.kind, apiVersion: formatApiVersion(target), metadata: (isJsonObject(metadata) ? metadata : {}) as unknown as KubeObject['metadata'], ...rest }; // a name is demanded by validation
}

function cannotBeHandled({ kind, version }: DecodeTarget, why: string, given: { kind: string; version: string } = { kind, version }): StatusError {
  return badRequest(`${given.kind} in version ${JSON.stringify(given.version)} cannot be handled as a ${kind}: ${why}`);
}

/** A body without kind or apiVersion is taken for what the path says. */
function checkKind(target: DecodeTarget, document: Document, body: Buffer): void {
  const kind = document.kind === '' ? target.kind : document.kind;
  const apiVersion = document.apiVersion === '' ? formatApiVersion(target) : document.apiVersion;
  if (apiVersion.split('/').length > 2) throw unrecognized(target.kind, `unexpected GroupVersion string: ${apiVersion}`, body);
  if (kind === target.kind && apiVersion === formatApiVersion(target)) return;
  const { group, version } = parseApiVersion(apiVersion);
  if (kind === target.kind && group === target.group && target.otherVersions?.includes(version) === true) return;
  if (kind === target.kind && group === target.group && isOtherVersion(version)) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${formatApiVersion(target)})`);
  if (!isKnownKind({ group, version, kind })) throw cannotBeHandled(target, `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`, { kind, version });
  throw cannotBeHandled(target, `converting (${version}.${kind}) to (${target.group === '' ? 'core' : target.group.split('.')[0] ?? ''}.${target.kind}): unknown conversion`, { kind, version });
}

function isKnownKind({ group, version, kind }: { group: string; version: string; kind: string }): boolean {
  return resourceOfKind({ group, version, kind }) !== undefined || kind === 'List' || (kind.endsWith('List') && resourceOfKind({ group, version, kind: kind.slice(0, -'List'.length) }) !== undefined);
}

/** Versions that Kubernetes still reads although it serves them no more. */
function isOtherVersion(version: string): boolean {
  return version === 'v1' || version === 'v2' || version === 'v1beta1' || version === 'v1beta2';
}

import { resourceOfKind } from '@kubernode/api';
import { badRequest, copyJson, DecodeError, formatApiVersion, isJsonObject, parseApiVersion, strictFaults, type KubeObject, type StatusError } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import { compiledSchema } from '../registry/object-schemas.ts';
import type { CustomTraits } from '../custom-resources/custom-traits.ts';
import { checkCustomKind, normaliseCustom } from '../custom-resources/decode-custom.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { decodeDocument, unrecognized, type Document } from './decode-document.ts';
import type { FieldValidation } from './request-options.ts';
import { isUnservedKind } from './unserved-kinds.ts';

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
  /** Of a custom resource: its own schema instead of one by name. */
  custom?: CustomTraits | undefined;
}

export interface DecodeOptions { fieldValidation: FieldValidation; warn(text: string): void }

/** A strategy knows the stored version; other versions get its defaults when they are converted. */
export function targetOf(served: ServedResource): DecodeTarget {
  let target = targets.get(served);
  if (target === undefined) {
    const { kind, facts, conversion, custom, storage: { strategy } } = served;
    target = { ...kind, schema: facts.schema, custom, ...(conversion === undefined && strategy.defaults && { defaults: strategy.defaults.bind(strategy) }) };
    if (custom === undefined) targets.set(served, target); // definitions change while the server runs
  }
  return target;
}

const targets = new WeakMap<ServedResource, DecodeTarget>();

/** The object in a request's body, of the kind the path asks for, with schema defaults. Throws Kubernetes' 400 and 415. */
export function decodeBody(request: Pick<ApiRequest, 'body' | 'headers'>, target: DecodeTarget, options: DecodeOptions): KubeObject {
  const document = decodeDocument(request.body, request.headers['content-type'], (message) => unrecognized(target.kind, message, request.body));
  if (target.custom !== undefined) checkCustomKind(target, document, request.body);
  else checkKind(target, document, request.body);
  return normaliseObject(document, target, options);
}

export interface Normalisable extends Pick<Document, 'value' | 'occurrences' | 'duplicates'> {
  /** Unknown fields are told by name, not by place. */
  sortsFaults?: boolean;
  /** Fields of `value` itself that came out of here before: they are copied and not looked at. Those that defaults make anew are taken out of it. */
  untouched?: Set<string>;
  /** Nulls that a custom resource's schema does not allow are left to its validation: what was applied. */
  keepsNulls?: boolean;
}

/** What Kubernetes makes of a value of this kind: defaults, no unknown fields, values in their own form. Shares nothing with it but managedFields' sets. */
export function normaliseObject(document: Normalisable, target: DecodeTarget, { fieldValidation, warn }: DecodeOptions): KubeObject {
  const { object, unknownFields } = normaliseTouched(document, target, fieldValidation !== 'Ignore');
  if (fieldValidation !== 'Ignore') {
    const faults = [...document.duplicates, ...fieldFaults(document, unknownFields, target)];
    if (faults.length > 0 && fieldValidation === 'Strict') throw cannotBeHandled(target, `strict decoding error: ${strictText(faults)}`);
    for (const fault of faults) warn(fault);
  }
  const decoded = asKubeObject(object, target);
  const before = { ...decoded };
  target.defaults?.(decoded);
  for (const field of document.untouched ?? []) if (decoded[field as keyof KubeObject] !== before[field as keyof KubeObject]) document.untouched?.delete(field); // fields of one type, whatever they are named
  return decoded;
}

/** All faults as one text. Keys that stand twice in YAML have lines, and are one fault: that of its parser. */
function strictText(faults: readonly string[]): string {
  const ofYaml = faults.filter((fault) => fault.startsWith('line '));
  if (ofYaml.length === 0) return faults.join(', ');
  return [`yaml: unmarshal errors:\n  ${ofYaml.join('\n  ')}`, ...faults.slice(ofYaml.length)].join(', '); // they come first
}

function fieldFaults({ occurrences, sortsFaults }: Normalisable, unknownFields: readonly string[], { custom }: DecodeTarget): string[] {
  if (custom !== undefined) return [...strictFaults([], occurrences), ...strictFaults(unknownFields, undefined)]; // read as any JSON first, and held to its schema then
  return strictFaults(sortsFaults === true ? unknownFields.toSorted() : unknownFields, occurrences);
}

function normaliseTouched({ value, untouched, keepsNulls = false }: Normalisable, target: DecodeTarget, report: boolean): ReturnType<typeof normalise> {
  const { custom } = target;
  if (custom !== undefined) return telling(target, () => normaliseCustom(value, custom, keepsNulls));
  if (untouched === undefined || untouched.size === 0 || !isJsonObject(value)) return normalise(value, target, report);
  const { object, unknownFields } = normalise(Object.fromEntries(Object.entries(value).filter(([field]) => !untouched.has(field))), target, report);
  const whole: [string, unknown][] = []; // in the order in which the fields stand
  for (const [field, entry] of Object.entries(value)) {
    if (untouched.has(field)) whole.push([field, field === 'metadata' && isJsonObject(entry) ? copyMetadata(entry) : copyJson(entry)]);
    else if (Object.hasOwn(object, field)) whole.push([field, object[field]]);
  }
  for (const field of Object.keys(object)) if (!Object.hasOwn(value, field)) whole.push([field, object[field]]); // what is written although nobody sets it
  return { object: Object.fromEntries(whole), unknownFields };
}

/** Nobody changes entries of managedFields in place, and they are half of a small object. */
function copyMetadata({ managedFields, ...metadata }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...copyJson(metadata), ...(managedFields !== undefined && { managedFields }) };
}

interface Normalised { object: Record<string, unknown>; unknownFields: readonly string[] }

function normalise(value: unknown, target: DecodeTarget, report: boolean): Normalised {
  const schema = target.schema === undefined ? undefined : compiledSchema(target.schema);
  if (schema === undefined) return { object: isJsonObject(value) ? copyJson(value) : {}, unknownFields: [] };
  return telling(target, () => schema.normalise(value, { report: report ? 'collect' : 'none' }));
}

/** What does not fit is told of the kind that was wanted. */
function telling(target: DecodeTarget, read: () => Normalised): Normalised {
  try { return read(); } catch (error) { throw error instanceof DecodeError ? cannotBeHandled(target, error.message) : error; }
}

function asKubeObject(object: Record<string, unknown>, target: DecodeTarget): KubeObject {
  const { metadata } = object;
  const kind = target.custom !== undefined && typeof object['kind'] === 'string' ? object['kind'] : target.kind; // validation says that a custom object is of another kind
  const head = { kind, apiVersion: formatApiVersion(target), metadata: (isJsonObject(metadata) ? metadata : {}) as unknown as KubeObject['metadata'] }; // a name is demanded by validation
  return Object.assign({ kind: '', apiVersion: '', metadata: head.metadata, ...object }, head); // a literal fixes the order of fields
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
  const isKnown = isKnownKind({ group, version, kind });
  if (isKnown && kind === target.kind) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${formatApiVersion(target)})`);
  if (!isKnown) throw cannotBeHandled(target, `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`, { kind, version });
  throw cannotBeHandled(target, `converting (${version}.${kind}) to (${target.group === '' ? 'core' : target.group.split('.')[0] ?? ''}.${target.kind}): unknown conversion`, { kind, version });
}

/** Kinds that every version knows, and those of the first alone. */
const OPTION_KINDS: ReadonlySet<string> = new Set(['WatchEvent', 'ListOptions', 'GetOptions', 'DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions']);
const UNVERSIONED_KINDS: ReadonlySet<string> = new Set(['Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList']);

function isKnownKind({ group, version, kind }: { group: string; version: string; kind: string }): boolean {
  if (OPTION_KINDS.has(kind) || (UNVERSIONED_KINDS.has(kind) && group === '' && version === 'v1')) return true;
  return resourceOfKind({ group, version, kind }) !== undefined || isUnservedKind({ group, version, kind }) || kind === 'List' || (kind.endsWith('List') && resourceOfKind({ group, version, kind: kind.slice(0, -'List'.length) }) !== undefined);
}

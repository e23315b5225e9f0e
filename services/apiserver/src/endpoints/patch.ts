import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, badRequest, conflict, DecodeError, decodeJson, decodeYaml, goQuote, goValueText, internalErrorWithoutReason, isJsonObject, jsonPatchUnknownFields, StatusError, strictFaults, type Json, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import { fieldManagerOf } from '../registry/field-managers.ts';
import { builtInSchema } from '../registry/object-schemas.ts';
import { servedForm, type ServedResource } from '../registry/served-resource.ts';
import { updateObject } from '../registry/write/update-object.ts';
import { checkNamespace, toStored } from './create.ts';
import { normaliseObject, targetOf } from './decode-body.ts';
import { converterFault } from './converter-fault.ts';
import type { EndpointServices, Verb } from './endpoint-services.ts';
import { trackUpdate } from './managed-fields.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { writeOptions, type WriteRequestOptions } from './request-options.ts';
import { checkName } from './update.ts';
import { shownPatched } from './shown-patched.ts';
import { writeRequestOf } from './write-request-of.ts';
import type { ApiRequest } from '../pipeline/api-request.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json', 'application/merge-patch+json': 'merge', 'application/strategic-merge-patch+json': 'strategic', 'application/apply-patch+yaml': 'apply',
};

/** PATCH of an object, or of one of its subresources that are the object itself. */
export const patch: Verb = (served, services) => async (request, context) => {
  const type = patchType(request.headers['content-type'], served);
  const form = objectForm(request, served, context.info.subresource);
  const options = writeOptions('PatchOptions', request.query, type === 'apply');
  const writeRequest = writeRequestOf(served, request, context, options);
  const { info } = context;
  context.audit?.requestPatch(request.body);
  const patcher = createPatcher(type, { served, services, request, options, subresource: info.subresource, warn: writeRequest.warn });
  const { object, created } = await updateObject({
    allowCreate: type === 'apply' && info.subresource === '',
    next: async (current) => {
      const live = current === undefined ? undefined : servedForm(served, current);
      if (live === undefined) await services.authorizeCreate(request, context);
      const patched = patcher(live);
      checkName(patched, info.name);
      checkNamespace(served, patched, info.namespace);
      return toStored(served, patched);
    },
  }, writeRequest, services.write);
  return objectAnswer(created ? 201 : 200, { served, object, form, services });
};

export function patchType(contentType: string | undefined, { custom }: Pick<ServedResource, 'custom'>): PatchType {
  const [type = ''] = (contentType ?? '').split(';');
  const known = PATCH_TYPES[type.trim()];
  if (known === 'strategic' && custom !== undefined) throw noStrategicMerge();
  if (known !== undefined) return known;
  throw new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} });
}

/** Nobody knows how lists of a custom resource would merge. */
function noStrategicMerge(): StatusError {
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml' });
}

export interface PatchContext { served: ServedResource; services: EndpointServices; request: ApiRequest; options: WriteRequestOptions; subresource: string; warn(text: string): void }

/** Makes the next state of an object from the current one, which is left alone and only missing for an apply. */
export type Patcher = (live: Readonly<KubeObject> | undefined) => KubeObject;

export function createPatcher(type: PatchType, context: PatchContext): Patcher {
  return type === 'apply' ? applyPatcher(context) : documentPatcher(type, context);
}

/** Server-side apply: the merge of what the client wants with what others own. */
function applyPatcher({ served, services, request, options, subresource, warn }: PatchContext): Patcher {
  const { value: read, duplicates } = readYaml(request.body);
  const value = read ?? {};
  if (!isJsonObject(value)) throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goTypeOfJson(value)} into Go value of type map[string]interface {}`);
  const [duplicate] = duplicates;
  if (duplicate !== undefined && options.fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicate}`);
  return (live) => {
    const merged = fieldManagerOf(served, subresource).apply({ live, applied: value, manager: options.fieldManager, force: options.force, now: services.clock.now() });
    if (options.fieldValidation === 'Warn') duplicates.forEach(warn);
    const { managedFields, uid } = merged.metadata;
    if (live === undefined && uid !== undefined && uid !== '') throw conflict(served.storage, merged.metadata.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
    const object = convertApplied(merged, value, { served, warn });
    if (managedFields !== undefined) object.metadata.managedFields = managedFields;
    return object;
  };
}

function goTypeOfJson(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The merged object in its typed form; what does not fit there was not what apply's schema judges. */
function convertApplied(merged: KubeObject, applied: JsonObject, { served, warn }: Pick<PatchContext, 'served' | 'warn'>): KubeObject {
  try {
    return normaliseObject({ value: merged, duplicates: [], keepsNulls: true }, targetOf(served), { fieldValidation: 'Ignore', warn });
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    const type = `${served.kind.group}/${served.kind.version}, Kind=${served.kind.kind}`;
    const namespace = isJsonObject(applied['metadata']) && typeof applied['metadata']['namespace'] === 'string' ? applied['metadata']['namespace'] : ''; // as the client gave it
    throw internalErrorWithoutReason(`failed to convert new object (${namespace}/${merged.metadata.name}; ${type}) to proper version: unable to convert unstructured object to ${type}: ${converterFault(error.message.replace(/^.*? cannot be handled as a [^:]*: /, ''))}`);
  }
}

function readYaml(body: Buffer): { value: unknown; duplicates: readonly string[] } {
  try { return decodeYaml(body.toString('utf8')); } catch (error) {
    throw error instanceof DecodeError ? badRequest(`error decoding YAML: ${error.message.startsWith('yaml:') ? `error converting YAML to JSON: ${error.message}` : error.message}`) : error;
  }
}

function documentPatcher(type: 'json' | 'merge' | 'strategic', context: PatchContext): Patcher {
  const { served, services, request, options, subresource } = context;
  let read: ReturnType<typeof readPatch> | undefined;
  return (live) => {
    const { value: document, faults } = read ??= readPatch(request.body, type); // here first: that there is no such object is told before
    const current = (live ?? {}) as unknown as JsonObject; // objects of the API are JSON
    const patched = type === 'json' ? applyJsonPatch(current, document)
      : type === 'merge' ? applyMergePatch(current, document)
        : applyStrategicMergePatch(current, document, { schemaName: served.facts.schema ?? '', resolver: builtInSchema });
    const untouched = untouchedFields(current, patched);
    const object = decodePatched(type, { current, patched, document, faults, untouched }, context);
    return trackUpdate(live, object, { served, services, request, fieldManager: options.fieldManager, subresource, unchanged: untouched });
  };
}

/** The fields of an object that a patch left as they were: patches share with the document what they do not change. */
function untouchedFields(current: JsonObject, patched: Json): Set<string> {
  if (!isJsonObject(patched)) return new Set();
  return new Set(Object.keys(patched).filter((field) => typeof patched[field] === 'object' && patched[field] === current[field]));
}

/** The patch, with what strict validation has against the document itself: unknown fields of operations, keys that stand twice. */
function readPatch(body: Buffer, type: 'json' | 'merge' | 'strategic'): { value: Json; faults: readonly string[] } {
  const { value, occurrences } = readJson(body, type);
  const document = value as Json; // JSON, whatever it says
  switch (type) {
    case 'json': return { value: document, faults: [...jsonPatchUnknownFields(document), ...strictFaults([], occurrences).map((fault) => `json patch ${fault}`)] };
    case 'merge': case 'strategic': return { value: document, faults: strictFaults([], occurrences) };
  }
}

function readJson(body: Buffer, type: PatchType): ReturnType<typeof decodeJson> {
  try { return decodeJson(body); } catch (error) {
    throw error instanceof DecodeError ? badRequest(`${type === 'strategic' ? '' : 'error decoding patch: '}${error.message}`) : error;
  }
}

/** The patched document has to be an object of the same kind. Faults of JSON patches and merge patches are faults of the patch. */
function decodePatched(type: 'json' | 'merge' | 'strategic', { current, patched, document, faults, untouched }: { current: JsonObject; patched: Json; document: Json; faults: readonly string[]; untouched: Set<string> }, { served, options, warn }: PatchContext): KubeObject {
  const target = targetOf(served);
  const shown = (): string => shownPatched(patched, current, target.custom !== undefined);
  if (!isJsonObject(patched)) throw invalidPatch(shown(), 'json: cannot unmarshal value');
  if (target.custom !== undefined && patched['kind'] === undefined) throw invalidPatch(shown(), `Object 'Kind' is missing in '${shown()}'`);
  const { kind = target.kind, apiVersion = served.apiVersion } = patched; // what is missing is what was asked for
  if (type !== 'strategic' && ((kind !== target.kind && target.custom === undefined) || apiVersion !== served.apiVersion)) throw invalidPatch(shown(), `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`);
  try {
    return normaliseObject({ value: patched, duplicates: faults, sortsFaults: type === 'strategic', untouched }, target, { fieldValidation: options.fieldValidation, warn });
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    const why = error.message.replace(/^.*? cannot be handled as a [^:]*: /, '');
    throw type === 'strategic' ? invalidPatch(goValueText(document), converterFault(why)) : invalidPatch(shown(), why);
  }
}

function invalidPatch(shown: string, why: string): StatusError {
  const message = `Invalid value: ${goQuote(shown)}: ${why}`;
  return new StatusError({ code: 422, reason: 'Invalid', message: ` "" is invalid: patch: ${message}`, details: { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] } });
}

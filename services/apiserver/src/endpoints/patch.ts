import { schemas } from '@kubernode/api';
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, badRequest, isJsonObject, StatusError, type Json, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import { updateObject } from '../registry/write/update-object.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { checkNamespace, toStored } from './create.ts';
import { checkName } from './update.ts';
import type { Verb } from './endpoint-services.ts';
import { trackUpdate } from './managed-fields.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { writeOptions } from './request-options.ts';
import { writeRequestOf } from './write-request-of.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json', 'application/merge-patch+json': 'merge', 'application/strategic-merge-patch+json': 'strategic', 'application/apply-patch+yaml': 'apply',
};

/** PATCH of an object, or of one of its subresources that are the object itself. */
export const patch: Verb = (served, services) => async (request, context) => {
  const type = patchType(request.headers['content-type']);
  const form = objectForm(request);
  const options = writeOptions('PatchOptions', request.query, type === 'apply');
  const writeRequest = writeRequestOf(served, request, context, options);
  const document = parsePatch(request.body);
  const { info } = context;
  const { object, created } = await updateObject({
    allowCreate: type === 'apply' && info.subresource === '',
    next: (current) => {
      const live = current === undefined ? undefined : served.conversion?.fromStored(current) ?? current;
      const patched = applyPatch(type, live, document, served);
      checkName(patched, info.name);
      checkNamespace(served, patched, info.namespace);
      return toStored(served, trackUpdate(live, patched, { served, services, request, fieldManager: options.fieldManager, subresource: info.subresource }));
    },
  }, writeRequest, services.write);
  return objectAnswer(created ? 201 : 200, { served, object, form, services });
};

export function patchType(contentType: string | undefined): PatchType {
  const [type = ''] = (contentType ?? '').split(';');
  const known = PATCH_TYPES[type.trim()];
  if (known !== undefined) return known;
  throw new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCH_TYPES).join(', ')}` });
}

function parsePatch(body: Buffer): Json {
  try { return JSON.parse(body.toString('utf8')) as Json; } catch (error) { throw badRequest(error instanceof Error ? error.message : String(error)); } // whatever JSON.parse gives is Json
}

function applyPatch(type: PatchType, live: KubeObject | undefined, document: Json, served: ServedResource): KubeObject {
  const current = (live ?? {}) as unknown as JsonObject; // objects of the API are JSON
  const result = type === 'json' ? applyJsonPatch(current, document)
    : type === 'merge' ? applyMergePatch(current, document)
      : type === 'strategic' ? applyStrategicMergePatch(current, document, { schemaName: served.facts.schema ?? '', resolver: (name) => schemas[name] })
        : applyMergePatch(current, document);
  if (!isJsonObject(result)) throw badRequest('the patch makes no object');
  return structuredClone(result) as unknown as KubeObject; // decoded anew by the caller
}

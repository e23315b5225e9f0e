import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';

const GROUP = 'apiextensions.k8s.io';
/** The reviews that are understood here; a webhook lists those that it understands. */
const REVIEW_VERSIONS: ReadonlySet<string> = new Set(['v1', 'v1beta1']);

export interface ReviewRequest { version: string; body: JsonObject }

/** What a webhook is asked, in the first of its versions that is known here. */
export function conversionReview(versions: readonly string[], { uid, objects, apiVersion }: { uid: string; objects: readonly JsonObject[]; apiVersion: string }): ReviewRequest {
  const version = versions.find((one) => REVIEW_VERSIONS.has(one));
  if (version === undefined) throw new Error('no supported conversion review versions');
  return {
    version,
    body: { kind: 'ConversionReview', apiVersion: `${GROUP}/${version}`, request: { uid, desiredAPIVersion: apiVersion, objects: [...objects] }, response: { uid: '', convertedObjects: null, result: { metadata: {} } } },
  };
}

/** The objects that a webhook gave back. @throws Error with what is wrong with its answer, or with what it says itself. */
export function convertedObjects(answer: unknown, { version, uid }: { version: string; uid: string }): Json[] {
  const review = isJsonObject(answer) ? answer : {};
  if (version === 'v1') checkKind(review);
  const { response } = review;
  if (!isJsonObject(response)) throw new Error('no response provided');
  if (version === 'v1' && response['uid'] !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  const result = isJsonObject(response['result']) ? response['result'] : {};
  if (result['status'] !== 'Success') {
    const { message, status = '' } = result;
    throw new Error(typeof message === 'string' && message !== '' ? message : `response.result.status was '${String(status)}', not 'Success'`);
  }
  return Array.isArray(response['convertedObjects']) ? [...response['convertedObjects']] as Json[] : []; // JSON, as it was parsed
}

function checkKind({ kind = '', apiVersion = '' }: JsonObject): void {
  if (kind === 'ConversionReview' && apiVersion === `${GROUP}/v1`) return;
  throw new Error(`expected webhook response of ${GROUP}/v1, Kind=ConversionReview, got ${String(apiVersion).includes('/') ? String(apiVersion) : `/${String(apiVersion)}`}, Kind=${String(kind)}`);
}

/** A converted object with the metadata of the original, but for labels and annotations: those may be converted. @throws Error for one that is another object. */
export function checkedConversion(original: JsonObject, converted: Json | undefined, apiVersion: string): JsonObject {
  if (converted === undefined || !isJsonObject(converted)) throw new InvalidConversion('converted object is no object');
  if (converted['apiVersion'] !== apiVersion) throw new InvalidConversion(`invalid groupVersion (expected ${apiVersion}, received ${String(converted['apiVersion'] ?? '')})`);
  if (converted['kind'] !== original['kind']) throw new InvalidConversion(`invalid kind (expected ${String(original['kind'])}, received ${String(converted['kind'] ?? '')})`);
  const before = metadataOf(original);
  const { metadata } = converted;
  if (metadata === undefined) throw new InvalidMetadata('missing metadata in converted object');
  if (!isJsonObject(metadata)) throw new InvalidMetadata(`invalid metadata of type ${typeof metadata} in converted object`);
  for (const [field, word] of [['name', 'name'], ['namespace', 'namespace'], ['uid', 'UID']] as const) {
    if ((before[field] ?? '') !== (metadata[field] ?? '')) throw new ChangedIdentity(`must have the same ${word}: ${String(before[field] ?? '')} != ${String(metadata[field] ?? '')}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = before;
  return { ...converted, metadata: { ...kept, ...mapOf(metadata, 'labels'), ...mapOf(metadata, 'annotations') } };
}

/** The answer is of another kind or version. */
export class InvalidConversion extends Error { override readonly name = 'InvalidConversion'; }
/** The answer is another object. */
export class ChangedIdentity extends Error { override readonly name = 'ChangedIdentity'; }
/** Its metadata cannot be taken. */
export class InvalidMetadata extends Error { override readonly name = 'InvalidMetadata'; }

function metadataOf({ metadata }: JsonObject): JsonObject {
  return metadata !== undefined && isJsonObject(metadata) ? metadata : {};
}

function mapOf(metadata: JsonObject, field: 'labels' | 'annotations'): JsonObject {
  const map = metadata[field];
  if (map === undefined || map === null) return {};
  if (!isJsonObject(map)) throw new InvalidMetadata(`invalid metadata.${field} in converted object`);
  for (const [key, value] of Object.entries(map)) if (typeof value !== 'string') throw new InvalidMetadata(`metadata.${field}[${JSON.stringify(key)}] is no string`);
  return Object.keys(map).length === 0 ? {} : { [field]: map };
}

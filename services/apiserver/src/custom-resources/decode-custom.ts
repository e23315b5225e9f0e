import { badRequest, copyJson, formatApiVersion, goJson, isJsonObject, parseApiVersion, type GroupVersionKind, type JsonObject } from '@kubernode/apimachinery';
import type { Document } from '../endpoints/decode-document.ts';
import { unrecognized } from '../endpoints/decode-document.ts';
import { coerceObject } from './coerce-object.ts';
import type { CustomTraits } from './custom-traits.ts';

/** A custom resource has to say what it is. Another kind is judged by validation; another version is refused here. */
export function checkCustomKind(kind: GroupVersionKind, { value, kind: given, apiVersion }: Document, body: Buffer): void {
  if (given === '') throw unrecognized(kind.kind, `Object 'Kind' is missing in '${body[0] === BRACE ? body.toString('utf8') : goJson(value)}'`, body);
  checkCustomVersion(kind, apiVersion);
}

const BRACE = '{'.charCodeAt(0);

function checkCustomVersion(kind: GroupVersionKind, apiVersion: string): void {
  if (apiVersion === formatApiVersion(kind)) return;
  const { group, version } = parseApiVersion(apiVersion);
  throw badRequest(`the API version in the data (${group === '' ? version : `${group}/${version}`}) does not match the expected API version (${formatApiVersion(kind)})`);
}

/** What becomes of a decoded value: a private copy in the form that the schema gives it, and the paths of what nobody knows. @throws DecodeError */
export function normaliseCustom(value: unknown, { schema, keepsUnknown }: CustomTraits, keepsNulls = false): { object: Record<string, unknown>; unknownFields: readonly string[] } {
  const object: JsonObject = isJsonObject(value) ? copyJson(value) as JsonObject : {}; // a private copy
  const unknownFields = coerceObject(object, { schema: schema ?? ANYTHING, keepsUnknown, keepsNulls });
  return { object, unknownFields };
}

/** Brings an object that was made from another version to the form that the schema gives it, in place. It gets no defaults by that. */
export function shapeCustom(object: JsonObject, { schema, keepsUnknown }: CustomTraits): void {
  coerceObject(object, { schema: schema ?? ANYTHING, keepsUnknown, dropsMalformed: true, withoutDefaults: true });
}

const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

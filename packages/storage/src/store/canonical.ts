import { assert } from '@kubernode/base';

/*
 *     {"kind":"Pod","apiVersion":"v1","metadata":{"name":"a",…},…}
 *                                                 ▲ bodyOffset: where resourceVersion is spliced in
 */
const KIND = '{"kind":"';
const API_VERSION = '","apiVersion":"';
const METADATA = '","metadata":{';
const RESOURCE_VERSION = '"resourceVersion":"';
/** Kinds and versions are names without quotes or backslashes and shorter than this. */
const HEAD_LENGTH_MAX = 640;
const QUOTE = 0x22, CLOSING_BRACE = 0x7d, COMMA = 0x2c;

/** Canonical JSON: kind, apiVersion and metadata first, the rest as it stands, without metadata.resourceVersion. */
export function canonicalBytes(object: Readonly<Record<string, unknown>>): Buffer {
  const ordered: Record<string, unknown> = { kind: '', apiVersion: '', metadata: undefined, ...object }; // a literal fixes the order, and is several times as fast as a rest parameter
  ordered['kind'] ??= '';
  ordered['apiVersion'] ??= '';
  ordered['metadata'] = { ...ordered['metadata'] as object | undefined, resourceVersion: undefined }; // an object of the API has an object there, or nothing
  return Buffer.from(JSON.stringify(ordered));
}

/** Where metadata's first field begins; -1 when the bytes are not canonical. */
export function metadataOffset(bytes: Buffer): number {
  const head = bytes.toString('latin1', 0, Math.min(bytes.length, HEAD_LENGTH_MAX));
  if (!head.startsWith(KIND) || bytes[bytes.length - 1] !== CLOSING_BRACE) return -1;
  const kindEnd = head.indexOf('"', KIND.length);
  if (!head.startsWith(API_VERSION, kindEnd)) return -1;
  const versionEnd = head.indexOf('"', kindEnd + API_VERSION.length);
  if (!head.startsWith(METADATA, versionEnd)) return -1;
  const offset = versionEnd + METADATA.length;
  return head.startsWith(RESOURCE_VERSION, offset) ? -1 : offset;
}

/** The canonical bytes with the revision in their metadata: what readers get. */
export function spliceRevision(bytes: Buffer, revision: number): Buffer {
  const offset = metadataOffset(bytes);
  assert(offset > 0, 'stored bytes are canonical');
  return joinAround(bytes, offset, offset, revision);
}

/** The same object under another revision, from bytes that have one. */
export function replaceRevision(bytes: Buffer, revision: number): Buffer {
  const start = bytes.indexOf(RESOURCE_VERSION);
  let end = bytes.indexOf(QUOTE, start + RESOURCE_VERSION.length) + 1;
  if (bytes[end] === COMMA) end++;
  return joinAround(bytes, start, end, revision);
}

/** The canonical bytes of an object that was read, as they stand in etcd. */
export function withoutRevision(bytes: Buffer): Buffer {
  const start = bytes.indexOf(RESOURCE_VERSION);
  let end = bytes.indexOf(QUOTE, start + RESOURCE_VERSION.length) + 1;
  if (bytes[end] === COMMA) end++;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function joinAround(bytes: Buffer, start: number, end: number, revision: number): Buffer {
  const field = `${RESOURCE_VERSION}${revision}${bytes[end] === CLOSING_BRACE ? '"' : '",'}`;
  const joined = Buffer.allocUnsafeSlow(start + field.length + bytes.length - end); // of its own, so that it pins no slab of dead neighbours
  bytes.copy(joined, 0, 0, start);
  joined.write(field, start, 'latin1');
  bytes.copy(joined, start + field.length, end);
  return joined;
}

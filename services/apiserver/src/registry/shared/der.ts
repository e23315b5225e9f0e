const UNIVERSAL = 0;
const LONG_TAG = 0x1f;
const LENGTH_MAX = 2 ** 23;

export const INTEGER = 2;
export const BIT_STRING = 3;
export const SEQUENCE = 16;

export interface DerElement {
  class: number;
  tag: number;
  /** With its tag and length. */
  raw: Buffer;
  content: Buffer;
}

/** What is wrong with DER, in the words of Go's parser, whose texts Kubernetes' answers pass on. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** The element that begins at `at`. */
export function readElement(bytes: Buffer, at: number): DerElement {
  const header = readHeader(bytes, at);
  return { class: header.class, tag: header.tag, raw: bytes.subarray(at, endOf(bytes, header)), content: bytes.subarray(header.start, endOf(bytes, header)) };
}

/** The same of an element of a universal tag; `name` is what the text calls the wanted type. */
export function expectElement(bytes: Buffer, at: number, { tag, name }: { tag: number; name: string }): DerElement {
  const header = readHeader(bytes, at);
  if (header.class !== UNIVERSAL || header.tag !== tag) {
    const found = `{class:${header.class} tag:${header.tag} length:${header.length} isCompound:${header.isCompound}}`;
    throw new DerError(`asn1: structure error: tags don't match (${tag} vs ${found}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} ${name} @${header.start}`);
  }
  return readElement(bytes, at);
}

interface Header { class: number; tag: number; isCompound: boolean; length: number; start: number }

function endOf(bytes: Buffer, { start, length }: Header): number {
  if (start + length > bytes.length) throw new DerError('asn1: syntax error: data truncated');
  return start + length;
}

function readHeader(bytes: Buffer, at: number): Header {
  const first = bytes[at];
  if (first === undefined) throw new DerError('asn1: syntax error: sequence truncated');
  const short = first & LONG_TAG;
  const { value: tag, next } = short === LONG_TAG ? readLongTag(bytes, at + 1) : { value: short, next: at + 1 };
  return { class: first >> 6, tag, isCompound: (first & 0x20) !== 0, ...readLength(bytes, next) };
}

/** Seven bits a byte, the last without the high one. */
function readLongTag(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let next = at; next < bytes.length && next - at < 4; next++) {
    const byte = bytes[next] ?? 0;
    value = (value << 7) | (byte & 0x7f);
    if (byte < 0x80) return { value, next: next + 1 };
  }
  throw new DerError('asn1: syntax error: truncated base 128 integer');
}

function readLength(bytes: Buffer, at: number): { length: number; start: number } {
  const first = bytes[at];
  if (first === undefined) throw new DerError('asn1: syntax error: truncated tag or length');
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count === 0) throw new DerError('asn1: syntax error: indefinite length found (not DER)');
  let length = 0;
  for (let i = 1; i <= count; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new DerError('asn1: syntax error: truncated tag or length');
    if (length >= LENGTH_MAX) throw new DerError('asn1: structure error: length too large');
    length = length * 256 + byte;
    if (length === 0) throw new DerError('asn1: structure error: superfluous leading zeros in length');
  }
  if (length < 0x80) throw new DerError('asn1: structure error: non-minimal length');
  return { length, start: at + 1 + count };
}

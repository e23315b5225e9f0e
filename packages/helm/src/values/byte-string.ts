/**
 * Strings of Go are bytes, which need not be UTF-8: a key store that `.Files.Get` reads must come through `b64enc` unharmed. Bytes that
 * are no UTF-8 stand here as lone surrogates U+DC80 to U+DCFF, which no UTF-8 text has.
 */
const LONE = /[\ud800-\udfff]/;

export function fromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(buffer)) return text;
  return escapeInvalid(buffer);
}

export function toBytes(text: string): Buffer {
  if (!LONE.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) { // whole code points: what is left of surrogates is ours
    const code = character.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** How many bytes Go would count. */
export function byteLength(text: string): number {
  return LONE.test(text) ? toBytes(text).length : Buffer.byteLength(text, 'utf8');
}

/** text[start:end] of bytes. */
export function byteSlice(text: string, start: number, end: number): string {
  // eslint-disable-next-line no-control-regex -- ASCII is the common case
  return /^[\x00-\x7f]*$/.test(text) ? text.slice(start, end) : fromBytes(toBytes(text).subarray(start, end));
}

function escapeInvalid(buffer: Buffer): string {
  let text = '';
  for (let i = 0; i < buffer.length;) {
    const length = sequenceLength(buffer, i);
    text += length === 0 ? String.fromCharCode(0xdc00 + (buffer[i] ?? 0)) : buffer.toString('utf8', i, i + length);
    i += Math.max(1, length);
  }
  return text;
}

/** The length of the UTF-8 sequence at `i`; 0 when there is none. */
function sequenceLength(buffer: Buffer, i: number): number {
  const first = buffer[i] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > buffer.length) return 0;
  return buffer.toString('utf8', i, i + length).includes('\ufffd') && !buffer.subarray(i, i + length).equals(Buffer.from('\ufffd')) ? 0 : length;
}

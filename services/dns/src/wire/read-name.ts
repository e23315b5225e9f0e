/** A name and where it ends in the message. */
export interface ReadName { name: string; end: number }

const NAME_BYTES_MAX = 255;
const POINTER = 0xc0;

/**
 * Reads a name at an offset: lower case, without the dot at its end, `''` for the root. Undefined for what is none: labels beyond the message,
 * more than 255 bytes, pointers that do not lead back. A dot within a label becomes `\.`, so that it never looks like two labels.
 */
export function readName(bytes: Buffer, start: number, { pointers }: { pointers: boolean }): ReadName | undefined {
  const labels: string[] = [];
  let [at, end, size, lowest] = [start, -1, 0, start];
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: labels.join('.'), end: end < 0 ? at + 1 : end };
    if (length >= POINTER) {
      const low = bytes[at + 1];
      if (!pointers || low === undefined) return undefined;
      if (end < 0) end = at + 2;
      at = ((length & 0x3f) << 8) | low;
      if (at >= lowest) return undefined; // each leads further back, so that it comes to an end
      lowest = at;
      continue;
    }
    size += length + 1;
    if (length > 63 || size >= NAME_BYTES_MAX || at + length >= bytes.length) return undefined;
    labels.push(label(bytes, at + 1, at + 1 + length));
    at += length + 1;
  }
}

function label(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end).replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
  return text.includes('.') ? text.replaceAll('.', '\\.') : text;
}

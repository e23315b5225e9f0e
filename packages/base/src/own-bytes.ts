/**
 * A text's bytes in memory of their own, for those that live long: `Buffer.from` lays short ones into slabs of 8 kB, and each that
 * lives would hold on to all of its slab.
 */
export function ownBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** Castagnoli's polynomial, reversed. */
const POLYNOMIAL = 0x82f63b78;

const table: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
  return crc;
});

/** CRC-32C (RFC 3720), going on from `previous`. */
export function crc32c(bytes: Buffer, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) crc = crc >>> 8 ^ (table[(crc ^ byte) & 0xff] as number); // a byte is within
  return ~crc >>> 0;
}

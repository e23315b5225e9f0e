const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function base32(bytes: Uint8Array): string {
  let [bits, held, text] = [0, 0, ''];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) { bits -= 5; text += ALPHABET.charAt((held >> bits) & 31); }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) text += ALPHABET.charAt((held << (5 - bits)) & 31);
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}

/** The bytes, or where the text stops being base32. */
export function fromBase32(text: string): Buffer | number {
  const body = text.replace(/=+$/, '');
  const bad = Array.from(body).findIndex((c) => !ALPHABET.includes(c));
  if (bad !== -1) return bad;
  if (text.length % 8 !== 0 || ![0, 2, 4, 5, 7].includes(body.length % 8)) return body.length;
  let [bits, held] = [0, 0];
  const bytes: number[] = [];
  for (const c of body) {
    held = (held << 5) | ALPHABET.indexOf(c);
    bits += 5;
    if (bits >= 8) { bits -= 8; bytes.push((held >> bits) & 0xff); held &= (1 << bits) - 1; }
  }
  return Buffer.from(bytes);
}

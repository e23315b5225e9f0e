/** The few forms of ASN.1's distinguished encoding that certificates need. */

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) size.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length, ...size]), body]);
}

export function sequence(...contents: readonly Uint8Array[]): Buffer { return der(0x30, ...contents); }
export function octets(content: Uint8Array): Buffer { return der(0x04, content); }
export function bits(content: Uint8Array, unused = 0): Buffer { return der(0x03, Buffer.from([unused]), content); }
export const TRUE: Buffer = Buffer.from([0x01, 0x01, 0xff]);
export const NULL: Buffer = Buffer.from([0x05, 0x00]);

/** A positive integer from its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const short = bytes.subarray(start);
  return der(0x02, (short[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), short);
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const encode = (part: number): number[] => { const septets = [part & 0x7f]; for (let left = part >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80); return septets; };
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(encode)]));
}

export function utf8(text: string): Buffer { return der(0x0c, Buffer.from(text, 'utf8')); }

/** A printable string where it is one, as most writers have names. */
export function nameText(text: string): Buffer { return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text) ? der(0x13, Buffer.from(text)) : utf8(text); }

/** UTC time up to 2049, generalized time beyond. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return Number(text.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

/** Tag and contents of each element of a constructed value. */
export function elements(bytes: Buffer): { tag: number; whole: Buffer; content: Buffer }[] {
  const found: { tag: number; whole: Buffer; content: Buffer }[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const lengthByte = bytes[at + 1] ?? 0;
    const sizeBytes = lengthByte < 0x80 ? 0 : lengthByte & 0x7f;
    const length = sizeBytes === 0 ? lengthByte : bytes.readUIntBE(at + 2, Math.min(6, sizeBytes));
    const start = at + 2 + sizeBytes;
    found.push({ tag: bytes[at] ?? 0, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

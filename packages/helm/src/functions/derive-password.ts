/** The "master password" scheme: a password for a site that follows from a secret, so that nothing has to be stored. */

export interface PasswordRequest {
  counter: number;
  type: string;
  password: string;
  user: string;
  site: string;
  scrypt(password: string, salt: Buffer, length: number, options: { N: number; r: number; p: number; maxmem: number }): Buffer;
  hmac(key: Buffer, data: Buffer): Buffer;
}

const SEED = 'com.lyndir.masterpassword';
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: [
    'CvcvnoCvcvCvcv', 'CvcvCvcvnoCvcv', 'CvcvCvcvCvcvno', 'CvccnoCvcvCvcv', 'CvccCvcvnoCvcv', 'CvccCvcvCvcvno', 'CvcvnoCvccCvcv', 'CvcvCvccnoCvcv', 'CvcvCvccCvcvno', 'CvcvnoCvcvCvcc', 'CvcvCvcvnoCvcc',
    'CvcvCvcvCvccno', 'CvccnoCvccCvcv', 'CvccCvccnoCvcv', 'CvccCvccCvcvno', 'CvcvnoCvccCvcc', 'CvcvCvccnoCvcc', 'CvcvCvccCvccno', 'CvccnoCvcvCvcc', 'CvccCvcvnoCvcc', 'CvccCvcvCvccno',
  ],
  medium: ['CvcnoCvc', 'CvcCvcno'], short: ['Cvcn'], basic: ['aaanaaan', 'aannaaan', 'aaannaaa'], pin: ['nnnn'],
};
const CHARACTERS: Readonly<Record<string, string>> = {
  V: 'AEIOU', C: 'BCDFGHJKLMNPQRSTVWXYZ', v: 'aeiou', c: 'bcdfghjklmnpqrstvwxyz', A: 'AEIOUBCDFGHJKLMNPQRSTVWXYZ',
  a: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz', n: '0123456789', o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()',
};

export function derivePassword({ counter, type, password, user, site, scrypt, hmac }: PasswordRequest): string {
  const shapes = Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
  if (shapes === undefined) return `cannot find password template ${type}`;
  const key = scrypt(password, Buffer.concat([Buffer.from(SEED), sized(user)]), 64, { N: 32768, r: 8, p: 2, maxmem: 64 * 1024 * 1024 });
  const seed = hmac(key, Buffer.concat([Buffer.from(SEED), sized(site), number(counter)]));
  const shape = shapes[(seed[0] ?? 0) % shapes.length] ?? '';
  return Array.from(shape, (one, i) => { const characters = CHARACTERS[one] ?? ''; return characters.charAt((seed[i + 1] ?? 0) % characters.length); }).join('');
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

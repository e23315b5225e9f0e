import { createCipheriv, createDecipheriv, createHmac, generateKeyPairSync, scryptSync, X509Certificate } from 'node:crypto';
import bcrypt from 'bcryptjs';
import type { Rng } from '@kubernode/base';
import { fromBytes, toBytes } from '../values/byte-string.ts';
import type { GoObject, Value } from '../values/value.ts';
import { define, type FunctionTable } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { Certificate, keyText, makeCertificate, readKey } from './certificates.ts';
import { derivePassword } from './derive-password.ts';

const BCRYPT_ROUNDS = 10;
const BCRYPT_BYTES_MAX = 72;
const RANDOM_BYTES_MAX = 1024 * 1024;

export function cryptoFunctions({ now, rng }: { now: number; rng: Rng }): FunctionTable {
  return {
    ...certificateFunctions({ now, rng }), ...aesFunctions(rng),
    bcrypt: define(['string'], (password) => hash(password, rng)),
    htpasswd: define(['string', 'string'], (user, password) => (user.includes(':') ? `invalid username: ${user}` : `${user}:${hash(password, rng)}`)),
    derivePassword: define(['uint32', 'string', 'string', 'string', 'string'], (counter, type, password, user, site) => derivePassword({ counter, type, password, user, site, scrypt: scryptSync, hmac: (key, data) => createHmac('sha256', key).update(data).digest() })),
    genPrivateKey: define(['string'], privateKey),
    randBytes: define(['int'], (count) => {
      if (count < 0 || count > RANDOM_BYTES_MAX) throw new FunctionError(`randBytes: want 0 to ${RANDOM_BYTES_MAX} bytes`);
      return Buffer.from(rng.bytes(count)).toString('base64');
    }),
    uuidv4: define([], () => uuid(rng)),
  };
}

function certificateFunctions(source: { now: number; rng: Rng }): FunctionTable {
  const authority = (commonName: string, days: number, keyPem?: string): Value => makeCertificate({ commonName, days, ipAddresses: [], dnsNames: [], isAuthority: true, ...(keyPem === undefined ? {} : { keyPem }) }, source);
  const leaf = (args: { commonName: string; ipAddresses: readonly Value[]; dnsNames: readonly Value[]; days: number }, more: { authority?: GoObject; keyPem?: string }): Value => makeCertificate({ ...args, isAuthority: false, ...more as { authority?: Certificate; keyPem?: string } }, source); // the parameter's type says so
  return {
    genCA: define(['string', 'int'], (commonName, days) => authority(commonName, days)),
    genCAWithKey: define(['string', 'int', 'string'], authority),
    genSelfSignedCert: define(['string', 'list', 'list', 'int'], (commonName, ipAddresses, dnsNames, days) => leaf({ commonName, ipAddresses, dnsNames, days }, {})),
    genSelfSignedCertWithKey: define(['string', 'list', 'list', 'int', 'string'], (commonName, ipAddresses, dnsNames, days, keyPem) => leaf({ commonName, ipAddresses, dnsNames, days }, { keyPem })),
    genSignedCert: define(['string', 'list', 'list', 'int', 'certificate'], (commonName, ipAddresses, dnsNames, days, ca) => leaf({ commonName, ipAddresses, dnsNames, days }, { authority: ca })),
    genSignedCertWithKey: define(['string', 'list', 'list', 'int', 'certificate', 'string'], (commonName, ipAddresses, dnsNames, days, ca, keyPem) => leaf({ commonName, ipAddresses, dnsNames, days }, { authority: ca, keyPem })),
    buildCustomCert: define(['string', 'string'], (certificate, key) => {
      const [certificateText, keyPem] = [Buffer.from(certificate, 'base64').toString(), Buffer.from(key, 'base64').toString()];
      try { void new X509Certificate(certificateText); } catch { throw new FunctionError('unable to decode certificate'); }
      readKey(keyPem, 'error parsing private key');
      return new Certificate(certificateText, keyPem);
    }),
  };
}

function aesFunctions(rng: Rng): FunctionTable {
  const keyOf = (password: string): Buffer => Buffer.concat([toBytes(password), Buffer.alloc(32)]).subarray(0, 32);
  return {
    encryptAES: define(['string', 'string'], (password, text) => {
      if (text === '') return '';
      const iv = Buffer.from(rng.bytes(16));
      const cipher = createCipheriv('aes-256-cbc', keyOf(password), iv);
      return Buffer.concat([iv, cipher.update(toBytes(text)), cipher.final()]).toString('base64');
    }),
    decryptAES: define(['string', 'string'], (password, encrypted) => {
      if (encrypted === '') return '';
      const bytes = Buffer.from(encrypted, 'base64');
      if (bytes.length < 32 || bytes.length % 16 !== 0) throw new FunctionError('crypto/cipher: input not full blocks');
      const decipher = createDecipheriv('aes-256-cbc', keyOf(password), bytes.subarray(0, 16));
      try { return fromBytes(Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])); } catch { throw new FunctionError('the text was encrypted with another password'); }
    }),
  };
}

function hash(password: string, rng: Rng): string {
  if (toBytes(password).length > BCRYPT_BYTES_MAX) return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
  return bcrypt.hashSync(password, `$2a$${BCRYPT_ROUNDS}$${bcrypt.encodeBase64(Array.from(rng.bytes(16)) as unknown as Parameters<typeof bcrypt.encodeBase64>[0], 16)}`); // its types name another list of bytes
}

function privateKey(type: string): string {
  switch (type) {
    case '': case 'rsa': return keyText(generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey);
    case 'ecdsa': return keyText(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    case 'ed25519': return keyText(generateKeyPairSync('ed25519').privateKey);
    case 'dsa': throw new FunctionError('genPrivateKey: DSA keys are not made any more');
    default: return `Unknown type ${type}`;
  }
}

function uuid(rng: Rng): string {
  const bytes = Buffer.from(rng.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

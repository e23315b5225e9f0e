import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeEncryptedObject, encodeEncryptedObject } from '@kubernode/rpc';
import { aesCbc } from './aes-cbc.ts';
import { aesGcm, derivedKeyAesGcm } from './aes-gcm.ts';
import { identity } from './identity.ts';
import { secretbox } from './secretbox.ts';
import type { OpenedValue, ValueTransformer } from './value-transformer.ts';

interface Recorded { name: string; etcdKey: string; provider: 'identity' | 'aescbc' | 'aesgcm' | 'secretbox' | 'kms'; prefix: string; keyBytes: number; value: string }

const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../testdata/kube-apiserver-values.json'), 'utf8')) as { values: Recorded[] }; // the file's own form
const longKey = Buffer.from('0123456789abcdef0123456789abcdef');
const etcdKey = '/registry/secrets/a/b';
const text = Buffer.from('{"kind":"Secret"}');

const makers = { aescbc: aesCbc, aesgcm: aesGcm, secretbox, identity: () => identity, kms: derivedKeyAesGcm };
const open = (transformer: ValueTransformer, stored: Buffer, key = etcdKey): Buffer => (transformer.fromStorage(stored, key) as OpenedValue).bytes;

describe('values of a kube-apiserver', () => {
  test.each(recorded.values)('$name can be read', ({ name, etcdKey: key, provider, prefix, keyBytes, value }) => {
    const stored = Buffer.from(value, 'base64');
    expect(stored.subarray(0, prefix.length).toString()).toBe(prefix);
    const sealed = stored.subarray(prefix.length);
    const envelope = provider === 'kms' ? decodeEncryptedObject(sealed) : undefined;
    const secret = envelope === undefined ? longKey.subarray(0, keyBytes) : Buffer.from(envelope.sealedSource.map((byte) => byte ^ 0x5a));
    const bytes = open(makers[provider](secret), envelope?.data ?? sealed, key);
    expect(bytes.subarray(0, 4).toString()).toBe('k8s\0');
    expect(bytes.includes('"f:who"') && bytes.includes(name)).toBe(true);
  });

  test('the envelope of one is written as it was', () => {
    const { prefix, value } = recorded.values.find(({ provider }) => provider === 'kms') as Recorded; // one of the recorded ones
    const sealed = Buffer.from(value, 'base64').subarray(prefix.length);
    const envelope = decodeEncryptedObject(sealed);
    expect(envelope).toMatchObject({ keyId: 'key-1', sourceType: 'hkdfSeed', annotations: { 'local.kms.example.com': Buffer.from('note') } });
    expect(encodeEncryptedObject(envelope).equals(sealed)).toBe(true);
  });
});

const providers: [string, ValueTransformer][] = [
  ['aescbc', aesCbc(longKey)], ['aescbc with 16 bytes', aesCbc(longKey.subarray(0, 16))], ['aesgcm', aesGcm(longKey)], ['aesgcm with 24 bytes', aesGcm(longKey.subarray(0, 24))],
  ['secretbox', secretbox(longKey)], ['derived keys', derivedKeyAesGcm(longKey)],
];

describe.each(providers)('%s', (name, transformer) => {
  test.each(['', 'x', 'sixteen bytes...', 'y'.repeat(5000)])('gives back %.20s', (plain) => {
    const stored = transformer.toStorage(Buffer.from(plain), etcdKey);
    expect(open(transformer, stored).toString()).toBe(plain);
  });

  test('never writes the same twice', () => {
    expect(transformer.toStorage(text, etcdKey).equals(transformer.toStorage(text, etcdKey))).toBe(false);
  });

  test('refuses what is too short', () => {
    expect(() => transformer.fromStorage(Buffer.from('short'), etcdKey)).toThrow('the stored data was shorter than the required size');
  });

  test.each([['moved to another key', '/registry/secrets/a/c', 0], ['changed', etcdKey, 1]])('a value that was %s', (_, key, flip) => {
    const stored = transformer.toStorage(text, etcdKey);
    stored[stored.length - 1] = (stored.at(-1) ?? 0) ^ flip;
    const isBound = /gcm|derived/.test(name);
    if (isBound) expect(() => open(transformer, stored, key)).toThrow('cipher: message authentication failed');
    else if (flip === 0) expect(open(transformer, stored, key).equals(text)).toBe(true); // as in Kubernetes: only AES-GCM is bound to the key
    else if (name === 'secretbox') expect(() => open(transformer, stored, key)).toThrow('output array was not large enough for encryption');
  });
});

describe('faults', () => {
  test('identity refuses encrypted values and no others', () => {
    expect(() => identity.fromStorage(Buffer.from('k8s:enc:aescbc:v1:x'), etcdKey)).toThrow('identity transformer tried to read encrypted data');
    expect(open(identity, Buffer.from('k8s\0x')).toString()).toBe('k8s\0x');
  });

  test.each([
    [17, 'the stored data is not a multiple of the block size'],
    [16, 'invalid PKCS7 data (empty or not padded)'],
  ])('AES-CBC of %d bytes', (length, message) => {
    expect(() => aesCbc(longKey).fromStorage(Buffer.alloc(length), etcdKey)).toThrow(message);
  });

  test('AES-CBC under another key does not end in padding', () => {
    const { prefix, value } = recorded.values.find(({ name }) => name === 'by-aescbc') as Recorded; // a recorded one, since one in 256 does
    expect(() => aesCbc(Buffer.from(longKey.toReversed())).fromStorage(Buffer.from(value, 'base64').subarray(prefix.length), etcdKey)).toThrow(/^invalid (PKCS7 data|padding)/);
  });

  test('a seed has 32 bytes', () => {
    expect(() => derivedKeyAesGcm(Buffer.alloc(31))).toThrow('invalid seed length 31 used for key generation');
  });

  test('an envelope that is none', () => {
    expect(() => decodeEncryptedObject(Buffer.from('garbage'))).toThrow('proto: cannot parse invalid wire-format data');
  });
});

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createSigningRequest } from '@kubernode/component-base';
import { requestFault } from './request-fault.ts';

const pem = (bytes: Buffer, type = 'CERTIFICATE REQUEST'): string => `-----BEGIN ${type}-----\n${bytes.toString('base64')}\n-----END ${type}-----\n`;
const bytesOf = (text: string): Buffer => Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');

test.each<[string, string, string]>([
  ['no PEM', 'x', 'PEM block type must be CERTIFICATE REQUEST'],
  ['another type', pem(Buffer.from('30', 'hex'), 'CERTIFICATE'), 'PEM block type must be CERTIFICATE REQUEST'],
  ['nothing', pem(Buffer.alloc(0)), 'asn1: syntax error: sequence truncated'],
  ['an empty sequence', pem(Buffer.from('3000', 'hex')), 'asn1: syntax error: sequence truncated'],
  ['a cut length', pem(Buffer.from('308201', 'hex')), 'asn1: syntax error: truncated tag or length'],
  ['a cut tag', pem(Buffer.from('ffffffff', 'hex')), 'asn1: syntax error: truncated base 128 integer'],
  ['a cut sequence', pem(Buffer.from('3005020100', 'hex')), 'asn1: syntax error: data truncated'],
  ['a text', pem(Buffer.from('hello world')), "asn1: structure error: tags don't match (16 vs {class:1 tag:8 length:101 isCompound:true}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} certificateRequest @2"],
  ['a number', pem(Buffer.from('3003020100', 'hex')), "asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} tbsCertificateRequest @2"],
])('%s is no request', (_, text, fault) => {
  expect(requestFault(text)).toBe(fault);
});

test('a request is signed by the key that it is for', async () => {
  const { request } = await createSigningRequest({ commonName: 'x' });
  expect(requestFault(request)).toBeUndefined();
  const forged = bytesOf(request);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  expect(requestFault(pem(forged))).toMatch(/verification (failure|error)$/);
  expect(requestFault(pem(Buffer.concat([bytesOf(request), Buffer.from('00', 'hex')])))).toBe('asn1: syntax error: trailing data');
});

test('the signature of an Ed25519 key is verified', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'der' } });
  const sequence = (...parts: Buffer[]): Buffer => { const content = Buffer.concat(parts); return Buffer.concat([Buffer.from([0x30, content.length]), content]); };
  const signed = sequence(Buffer.from('020100', 'hex'), sequence(), publicKey);
  const requestWith = (signature: Buffer): string => pem(sequence(signed, sequence(Buffer.from('06032b6570', 'hex')), Buffer.concat([Buffer.from([3, signature.length + 1, 0]), signature])));
  expect(requestFault(requestWith(sign(undefined, signed, createPrivateKey(privateKey))))).toBeUndefined();
  expect(requestFault(requestWith(Buffer.alloc(64)))).toBe('x509: Ed25519 verification failure');
});

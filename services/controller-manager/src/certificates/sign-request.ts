import { createPrivateKey, webcrypto, type KeyObject } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import type { Rng } from '@kubernode/base';
import { keyUsages } from './key-usages.ts';
import type { ReadRequest } from './read-request.ts';
import { validity } from './validity.ts';

/** The authority's certificate and key, PEM. */
export interface Authority { certificate: string; key: string }

export interface SigningTerms { authority: Authority; usages: readonly string[]; lifetimeMs: number; nowMs: number; rng: Rng }

/** The certificate that was asked for, PEM: subject, key and names of the request, and nothing else that it asks. Rejects when the request is not signed by its own key. */
export async function signRequest({ pkcs10, names }: ReadRequest, { authority, usages, lifetimeMs, nowMs, rng }: SigningTerms): Promise<string> {
  const x509 = await import('@peculiar/x509');
  if (!await pkcs10.verify()) throw new Error('unable to verify certificate request signature');
  const issuer = new x509.X509Certificate(authority.certificate);
  const { notBeforeMs, notAfterMs } = validity({ lifetimeMs, nowMs, signerNotAfterMs: issuer.notAfter.getTime() });
  const { basic, extended } = keyUsages(usages);
  const issuerKeyId = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(rng), subject: pkcs10.subjectName, issuer: issuer.subjectName, publicKey: pkcs10.publicKey, ...await signer(authority, issuer),
    notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs),
    extensions: [
      ...(basic.length === 0 ? [] : [new x509.KeyUsagesExtension(basic.reduce((bits, flag) => bits | x509.KeyUsageFlags[flag], 0), true)]),
      ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...extended])]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...(issuerKeyId === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(issuerKeyId)]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(({ type, value }) => ({ type, value })))]),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

type SigningAlgorithm = { name: 'RSASSA-PKCS1-v1_5'; hash: string } | { name: 'ECDSA'; namedCurve: string; hash: string };

/** Any key that OpenSSL writes: PKCS#8, PKCS#1 or SEC1. */
async function signer({ key }: Authority, issuer: X509Certificate): Promise<{ signingKey: webcrypto.CryptoKey; signingAlgorithm: SigningAlgorithm }> {
  const privateKey = createPrivateKey(key);
  const signingAlgorithm = algorithmOf(privateKey, issuer);
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  return { signingKey: await webcrypto.subtle.importKey('pkcs8', der, signingAlgorithm, false, ['sign']), signingAlgorithm };
}

const HASH_OF_CURVE: Readonly<Record<string, string>> = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' };

function algorithmOf(key: KeyObject, issuer: X509Certificate): SigningAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const { namedCurve = 'P-256' } = issuer.publicKey.algorithm as { namedCurve?: string }; // authorities have RSA or ECDSA keys
  return { name: 'ECDSA', namedCurve, hash: HASH_OF_CURVE[namedCurve] ?? 'SHA-256' };
}

function serialNumber(rng: Rng): string {
  const serial = Buffer.from(rng.bytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01; // positive, as RFC 5280 wants
  return serial.toString('hex');
}

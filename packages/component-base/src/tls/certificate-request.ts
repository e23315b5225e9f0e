import { webcrypto } from 'node:crypto';
import type { CertificateRequest } from './certificate-authority.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** What an authority is asked to sign, and the new key that it is for; both PEM. */
export interface SigningRequest { request: string; key: string }

/** A request (PKCS #10) for a certificate of a new EC P-256 key. */
export async function createSigningRequest({ commonName, organizations = [], dnsNames = [], ipAddresses = [] }: Omit<CertificateRequest, 'usages' | 'lifetimeMs'>): Promise<SigningRequest> {
  await import('reflect-metadata'); // loaded when first used, as for authorities
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [...dnsNames.map((value) => ({ type: 'dns' as const, value })), ...ipAddresses.map((value) => ({ type: 'ip' as const, value }))];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((o) => ({ O: [o] })), { CN: [commonName] }], keys, signingAlgorithm: ALGORITHM,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { request: `${request.toString('pem')}\n`, key: `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n` };
}

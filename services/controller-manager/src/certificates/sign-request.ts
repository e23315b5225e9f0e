import { webcrypto } from 'node:crypto';
import type { ExtendedKeyUsageExtension } from '@peculiar/x509';
import type { Rng } from '@kubernode/base';
import type { RequestedCertificate } from './signer-rules.ts';

/** The authority's certificate and key, PEM. */
export interface Authority { certificate: string; key: string }

export interface ReadRequest extends Omit<RequestedCertificate, 'usages'> { sign(authority: Authority, options: { usages: readonly string[]; lifetimeMs: number; nowMs: number; rng: Rng }): Promise<string> }

/** Clocks of hosts differ; a certificate is valid from this much before its issue. */
const BACKDATE_MS = 5 * 60_000;
const EXTENDED: Readonly<Record<string, string>> = { 'client auth': '1.3.6.1.5.5.7.3.2', 'server auth': '1.3.6.1.5.5.7.3.1', 'code signing': '1.3.6.1.5.5.7.3.3', 'email protection': '1.3.6.1.5.5.7.3.4', timestamping: '1.3.6.1.5.5.7.3.8', 'ocsp signing': '1.3.6.1.5.5.7.3.9' };
const BASIC = { 'digital signature': 'digitalSignature', 'key encipherment': 'keyEncipherment', 'key agreement': 'keyAgreement', 'content commitment': 'nonRepudiation', 'data encipherment': 'dataEncipherment', 'cert sign': 'keyCertSign', 'crl sign': 'cRLSign' } as const;

/** Reads a PEM request; its own signature proves that who asks has the key. */
export async function readRequest(pem: string): Promise<ReadRequest> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!await request.verify()) throw new Error('the request is not signed by its own key');
  const names = request.extensions.flatMap((one) => (one instanceof x509.SubjectAlternativeNameExtension ? one.names.items : []));
  const subject = request.subjectName;
  return {
    commonName: subject.getField('CN')[0] ?? '', organizations: subject.getField('O'), names: names.map(({ type, value }) => ({ type, value })),
    async sign(authority, { usages, lifetimeMs, nowMs, rng }) {
      const issuer = new x509.X509Certificate(authority.certificate);
      const rsa = issuer.publicKey.algorithm.name.startsWith('RSA');
      const signingAlgorithm = rsa ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { ...issuer.publicKey.algorithm, name: 'ECDSA', hash: 'SHA-256' };
      const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), signingAlgorithm, false, ['sign']);
      const serial = Buffer.from(rng.bytes(16));
      serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01; // positive, as RFC 5280 wants
      const flags = usages.reduce((sum, one) => sum | (one in BASIC ? x509.KeyUsageFlags[BASIC[one as keyof typeof BASIC]] : 0), 0); // just checked
      const extended: ConstructorParameters<typeof ExtendedKeyUsageExtension>[0] = usages.flatMap((one) => EXTENDED[one] ?? []);
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString('hex'), subject, issuer: issuer.subjectName, publicKey: request.publicKey, signingKey, signingAlgorithm,
        notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(Math.min(nowMs + lifetimeMs, issuer.notAfter.getTime())),
        extensions: [
          ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]), ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
          new x509.BasicConstraintsExtension(false, undefined, true), await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
          ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(({ type, value }) => ({ type, value })))]),
        ],
      });
      return `${certificate.toString('pem')}\n`;
    },
  };
}

import { webcrypto } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import type { Rng } from '@kubernode/base';

/** A certificate with its private key, both PEM. */
export interface KeyPair { certificate: string; key: string }

export interface CertificateRequest {
  commonName: string;
  /** Become groups of a client. */
  organizations?: readonly string[];
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
  usages: readonly ('client' | 'server')[];
  lifetimeMs: number;
}

export interface IssueOptions {
  /** ms since 1970. */
  now: number;
  rng: Rng;
}

/** Clocks of hosts differ; a certificate is valid from this much before its issue, in ms, and a short-lived one from a part of its life. */
const BACKDATE_MS_MAX = 5 * 60_000;
const BACKDATE_PART = 0.1;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A new self-signed authority: EC P-256, path length unlimited, for signing certificates only. */
export async function createAuthority({ commonName, lifetimeMs }: Pick<CertificateRequest, 'commonName' | 'lifetimeMs'>, { now, rng }: IssueOptions): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(rng), name: [{ CN: [commonName] }], notBefore: new Date(now - backdateMs(lifetimeMs)), notAfter: new Date(now + lifetimeMs), signingAlgorithm: ALGORITHM, keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pem(certificate, keys.privateKey);
}

/** A leaf certificate with a new key, signed by `authority`. */
export async function issueCertificate(authority: KeyPair, request: CertificateRequest, { now, rng }: IssueOptions): Promise<KeyPair> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), ALGORITHM, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })), ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value }))];
  const usage = { client: x509.ExtendedKeyUsage.clientAuth, server: x509.ExtendedKeyUsage.serverAuth };
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(rng), subject: [...(request.organizations ?? []).map((o) => ({ O: [o] })), { CN: [request.commonName] }], issuer: issuer.subjectName,
    notBefore: new Date(now - backdateMs(request.lifetimeMs)), notAfter: new Date(Math.min(now + request.lifetimeMs, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM, publicKey: keys.publicKey, signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((one) => usage[one])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return pem(certificate, keys.privateKey);
}

const backdateMs = (lifetimeMs: number): number => Math.min(BACKDATE_MS_MAX, lifetimeMs * BACKDATE_PART);

/** Loaded when first used: most processes read certificates and never issue one. */
async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** 16 random bytes, positive as RFC 5280 wants. */
function serialNumber(rng: Rng): string {
  const bytes = Buffer.from(rng.bytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}

async function pem(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPair> {
  const x509 = await loadX509();
  const der = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  return { certificate: `${certificate.toString('pem')}\n`, key: `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n` };
}

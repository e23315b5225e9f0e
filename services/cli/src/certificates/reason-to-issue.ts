import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertificateRequest, KeyPair } from '@kubernode/component-base';

export interface JudgedCertificate {
  pair: KeyPair | undefined;
  /** Who signs such certificates now. */
  issuer: X509Certificate;
  request: CertificateRequest;
  /** ms since 1970. */
  now: number;
}

/** Why a certificate has to be made anew, in a few words; undefined for one that is good. */
export function reasonToIssue({ pair, issuer, request, now }: JudgedCertificate): string | undefined {
  if (pair === undefined) return 'missing';
  const certificate = new X509Certificate(pair.certificate);
  if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) return 'its key is another one\'s';
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return 'signed by another authority';
  if (Date.parse(certificate.validFrom) > now) return 'not valid yet';
  if (renewalTime(certificate) <= now) return Date.parse(certificate.validTo) <= now ? 'expired' : 'near its end';
  const missing = missingNames(certificate, request);
  if (missing.length > 0) return `not for ${missing.join(', ')}`;
  return subjectOf(request) === subjectLines(certificate) ? undefined : 'for another user';
}

/** Two thirds of its life are over, ms since 1970: time enough to notice that renewal fails. */
export function renewalTime({ validFrom, validTo }: Pick<X509Certificate, 'validFrom' | 'validTo'>): number {
  const [fromMs, toMs] = [Date.parse(validFrom), Date.parse(validTo)];
  return fromMs + (toMs - fromMs) * 2 / 3;
}

/** What a server's certificate has to be for and is not. */
export function missingNames(certificate: X509Certificate, { ipAddresses = [], dnsNames = [] }: Pick<CertificateRequest, 'ipAddresses' | 'dnsNames'>): readonly string[] {
  const names = new Set((certificate.subjectAltName ?? '').split(', '));
  return [...ipAddresses.filter((ip) => certificate.checkIP(ip) === undefined), ...dnsNames.filter((dns) => !names.has(`DNS:${dns}`))];
}

function subjectOf({ commonName, organizations = [] }: CertificateRequest): string {
  return [`CN=${commonName}`, ...organizations.map((one) => `O=${one}`)].sort().join('\n');
}

const subjectLines = (certificate: X509Certificate): string => certificate.subject.split('\n').sort().join('\n');

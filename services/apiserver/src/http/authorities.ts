import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Chains longer than this are nobody's. */
const CHAIN_LENGTH_MAX = 10;

/** The certificates of a CA file. */
export function readAuthorities(pem: string | undefined): X509Certificate[] {
  return (pem?.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
}

/**
 * Whether one of the authorities vouches for a certificate, itself or through the certificates it came with. Dates and purposes are not
 * looked at: the TLS handshake has, against all authorities together; this tells which of them it was.
 */
export function isVouchedFor(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let current: X509Certificate | undefined = certificate;
  for (let length = 0; current !== undefined && length < CHAIN_LENGTH_MAX; length++) {
    const one: X509Certificate = current;
    if (authorities.some((authority) => one.fingerprint256 === authority.fingerprint256 || (one.checkIssued(authority) && one.verify(authority.publicKey)))) return true;
    current = one.issuerCertificate;
  }
  return false;
}

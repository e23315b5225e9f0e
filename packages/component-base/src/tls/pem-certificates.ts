import { createPrivateKey, X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const BEGINNINGS = /-----BEGIN CERTIFICATE-----/g;
/** A PEM text within a kubeconfig: base64 of what begins `-----BEGIN`. */
const ENCODED = /LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g;

/** Every certificate of a PEM text, one text each. */
export function certificatesIn(pem: string): string[] {
  return (pem.match(BLOCK) ?? []).map((one) => `${one}\n`);
}

/** The same of any file: PEM, or a kubeconfig, which holds it coded. */
export function certificatesWithin(text: string): string[] {
  const decoded = (text.match(ENCODED) ?? []).map((one) => Buffer.from(one, 'base64').toString('latin1'));
  return [text, ...decoded].flatMap(certificatesIn);
}

/** Throws unless every certificate of a bundle is whole, and there is one. A bundle cut short would silently believe fewer. */
export function checkAuthorities(pem: string): void {
  const certificates = certificatesIn(pem);
  if (certificates.length === 0) throw new Error('there is no certificate in it');
  if (certificates.length !== (pem.match(BEGINNINGS) ?? []).length) throw new Error('a certificate in it is cut short');
  for (const one of certificates) new X509Certificate(one); // throws when it is not one
}

/** Throws unless the key belongs to the first certificate. */
export function checkKeyPair({ certificate, key }: { certificate: string; key: string }): void {
  checkAuthorities(certificate);
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) throw new Error('the certificate and its key do not belong together');
}

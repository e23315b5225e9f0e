import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { pemBlocks, type PemBlock } from '../shared/pem-blocks.ts';
import { parseCertificate } from '../shared/x509-certificate.ts';

/** Why a certificate and a key, both PEM, are no pair; undefined when they are. The words are those of Go's TLS library, which Kubernetes passes on. */
export function keyPairFault(certificatePem: string, keyPem: string): string | undefined {
  const certificates = pemBlocks(certificatePem);
  const certificate = certificates.find(({ type }) => type === 'CERTIFICATE');
  if (certificate === undefined) return noCertificateFault(certificates);
  const keys = pemBlocks(keyPem);
  const key = keys.find(({ type }) => /(^| )PRIVATE KEY$/.test(type));
  if (key === undefined) return noKeyFault(keys);
  const parsed = parseCertificate(certificate.bytes);
  return typeof parsed === 'string' ? parsed : mismatch(parsed.publicKey, parseKey(key));
}

function noCertificateFault(blocks: readonly PemBlock[]): string {
  const skipped = blocks.map(({ type }) => type);
  if (skipped.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (skipped.length === 1 && skipped[0]?.endsWith('PRIVATE KEY') === true) return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
}

function noKeyFault(blocks: readonly PemBlock[]): string {
  const skipped = blocks.map(({ type }) => type);
  if (skipped.length === 0) return 'tls: failed to find any PEM data in key input';
  if (skipped.length === 1 && skipped[0] === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
}

function parseKey({ bytes }: PemBlock): KeyObject | undefined {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: bytes, format: 'der', type });
    } catch {
      continue; // the next form may fit
    }
  }
  return undefined;
}

function mismatch(certified: KeyObject, key: KeyObject | undefined): string | undefined {
  if (key === undefined) return 'tls: failed to parse private key';
  if (certified.asymmetricKeyType !== key.asymmetricKeyType) return 'tls: private key type does not match public key type';
  return certified.equals(createPublicKey(key)) ? undefined : 'tls: private key does not match public key';
}

import { X509Certificate } from 'node:crypto';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { FileFollower } from './file-follower.ts';
import { certificatesWithin } from './pem-certificates.ts';

/** Hex digits of SHA-256 by which a certificate is named in metrics: enough to tell those of one cluster apart. */
const FINGERPRINT_DIGITS = 16;

/** A certificate as metrics name it. */
export interface NamedCertificate { commonName: string; fingerprint: string; expiresSeconds: number }

/**
 * Shows which certificates a process has in use, of which files, and until when: those it shows, those of its kubeconfig, and authorities that it believes.
 * Alerts look at the time; `kubernode certs` sees by the fingerprints whether a process has taken up a file.
 */
export function createCertificateGauges(registry: Registry, follower: Pick<FileFollower, 'filesInUse' | 'failures' | 'changes'>): void {
  const registers = [registry];
  const shown = new Map<string, { text: string; certificates: readonly NamedCertificate[] }>();
  const expiry = new Gauge({
    name: 'kubernode_certificate_expiration_timestamp_seconds', help: 'When a certificate in use expires, by the file it is from; authorities included.', labelNames: ['file', 'common_name', 'fingerprint'], registers,
    collect() {
      expiry.reset();
      for (const [file, text] of follower.filesInUse) {
        const known = shown.get(file);
        const { certificates } = known?.text === text ? known : { certificates: namedCertificates(text) };
        shown.set(file, { text, certificates });
        for (const { commonName, fingerprint, expiresSeconds } of certificates) expiry.set({ file, common_name: commonName, fingerprint }, expiresSeconds);
      }
    },
  });
  countOf(registers, { name: 'kubernode_file_changes_total', help: 'Certificates, keys and configurations that were taken up while the process ran.' }, () => follower.changes);
  countOf(registers, { name: 'kubernode_file_change_failures_total', help: 'Changed files that could not be used; what was before stays in use.' }, () => follower.failures);
}

/** Every certificate of a file, also of a kubeconfig. */
export function namedCertificates(text: string): readonly NamedCertificate[] {
  return certificatesWithin(text).map((pem) => {
    const certificate = new X509Certificate(pem);
    return { commonName: /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? '', fingerprint: fingerprintOf(certificate), expiresSeconds: Date.parse(certificate.validTo) / 1000 };
  });
}

export function fingerprintOf({ fingerprint256 }: Pick<X509Certificate, 'fingerprint256'>): string {
  return fingerprint256.replaceAll(':', '').slice(0, FINGERPRINT_DIGITS).toLowerCase();
}

function countOf(registers: Registry[], { name, help }: { name: string; help: string }, count: () => number): void {
  new Counter({ name, help, registers, collect() { this.reset(); this.inc(count()); } });
}

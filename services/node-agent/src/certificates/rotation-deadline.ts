/** What a certificate is for. */
export interface CertificateTemplate { commonName: string; organizations: readonly string[]; dnsNames: readonly string[]; ipAddresses: readonly string[] }

const EARLIEST_SHARE = 0.7;
const SPREAD = 0.2;

/** When a certificate is to be replaced: after 70 to 90 percent of its life, by chance, so that many nodes do not ask at once. */
export function rotationDeadline({ notBeforeMs, notAfterMs }: { notBeforeMs: number; notAfterMs: number }, chance: number): number {
  return notBeforeMs + (notAfterMs - notBeforeMs) * (EARLIEST_SHARE + SPREAD * chance);
}

/** Clocks of hosts differ; a certificate is valid from this much before its issue. */
const BACKDATE_MS = 5 * 60_000;
/** The shortest life anyone gets. */
const LIFETIME_MIN_MS = 2 * BACKDATE_MS;
/** Shorter lives than this are not shortened by the backdating. */
const SHORT_MS = 8 * 3_600_000;

export interface Validity { notBeforeMs: number; notAfterMs: number }

/** How long a certificate shall live: as asked, within bounds. */
export function lifetimeMs(expirationSeconds: number | undefined, maxMs: number): number {
  if (expirationSeconds === undefined) return maxMs;
  return Math.min(Math.max(expirationSeconds * 1000, LIFETIME_MIN_MS), maxMs);
}

/** From when until when; never longer than the signer's own certificate. Throws when that one has ended. */
export function validity({ lifetimeMs: lifetime, nowMs, signerNotAfterMs }: { lifetimeMs: number; nowMs: number; signerNotAfterMs: number }): Validity {
  if (nowMs >= signerNotAfterMs) throw new Error(`refusing to sign a certificate that expired in the past: NotAfter=${new Date(signerNotAfterMs).toISOString()}`);
  const notAfterMs = nowMs + lifetime - (lifetime < SHORT_MS ? 0 : BACKDATE_MS);
  return { notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: Math.min(notAfterMs, signerNotAfterMs) };
}

import { type Clock, errorMessage, exponentialBackoff, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { CertificateMetrics } from './certificate-metrics.ts';
import type { CertificateStore, StoredCertificate } from './certificate-store.ts';
import { type CertificateAsk, requestCertificate } from './request-certificate.ts';
import { rotationDeadline } from './rotation-deadline.ts';

export interface CertificateManagerDeps {
  store: Pick<CertificateStore, 'current' | 'update'>;
  client: Client;
  ask: CertificateAsk;
  /** Told each certificate from its first to its last, the one that was there at first too. */
  onCertificate: (certificate: StoredCertificate) => void;
  metrics: CertificateMetrics;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

const RETRY = { initialMs: 2000, maxMs: 32_000 };

/** Has a certificate, and a new one before it expires. */
export class CertificateManager {
  readonly #deps: CertificateManagerDeps;

  constructor(deps: CertificateManagerDeps) { this.#deps = deps; }

  async run(signal: AbortSignal): Promise<void> {
    const { store, onCertificate, metrics, clock, rng } = this.#deps;
    let current = await store.current();
    if (current !== undefined && current.notAfterMs > clock.now()) { metrics.expires(current.notAfterMs); onCertificate(current); } else current = undefined;
    while (!signal.aborted) {
      if (current !== undefined) await this.#sleepUntil(rotationDeadline(current, rng.next()), signal);
      const next = await this.#rotate(signal);
      metrics.rotated(current === undefined ? undefined : (clock.now() - current.notBeforeMs) / 1000);
      metrics.expires(next.notAfterMs);
      onCertificate(next);
      current = next;
    }
  }

  /** By the wall clock, which may jump: looked at again every hour. */
  async #sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (let leftMs = atMs - clock.now(); leftMs > 0; leftMs = atMs - clock.now()) await clock.sleep(Math.min(leftMs, CLOCK_CHECK_MS), { signal });
  }

  async #rotate(signal: AbortSignal): Promise<StoredCertificate> {
    const { client, clock, rng, ask, store, logger, metrics } = this.#deps;
    const backoff = exponentialBackoff({ ...RETRY, rng });
    for (;;) {
      try {
        const stored = await store.update(await requestCertificate({ client, clock }, ask, signal));
        logger.info('a new certificate', { signer: ask.signerName, expires: new Date(stored.notAfterMs).toISOString() }); // of a given time
        return stored;
      } catch (error) {
        if (signal.aborted) throw error;
        metrics.failed();
        logger.warn('cannot get a new certificate', { signer: ask.signerName, error: errorMessage(error) });
        await clock.sleep(backoff.next(), { signal });
      }
    }
  }
}

const CLOCK_CHECK_MS = 3_600_000;

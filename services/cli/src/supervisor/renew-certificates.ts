import { X509Certificate } from 'node:crypto';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { PlannedCertificate } from '../certificates/certificate-plan.ts';
import type { Issued } from '../certificates/issue-certificates.ts';
import { readPair } from '../certificates/pki-folder.ts';
import { renewalTime } from '../certificates/reason-to-issue.ts';

/** The wall clock may jump, and a host may get another address: looked at this often at least. */
const LOOK_MS_MAX = 3_600_000;
const RETRY_MS = 10_000;
/** So much of the rest of a life is waited for at random, so that hosts which began together do not renew together. */
const JITTER_PART = 0.1;

export interface RenewalDeps {
  dir: string;
  plan: () => readonly PlannedCertificate[];
  /** Makes what is due, and writes what holds copies. */
  renew: () => Promise<readonly Issued[]>;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

/** Renews leaf certificates when two thirds of their life are over, until aborted. Whoever uses them takes them up by itself. */
export async function renewCertificates({ dir, plan, renew, clock, rng, logger }: RenewalDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const waitMs = Math.min(LOOK_MS_MAX, nextRenewal({ dir, plan: plan(), nowMs: clock.now(), rng }) - clock.now());
      await clock.sleep(Math.max(waitMs, 1), { signal });
      for (const { planned: { name }, reason } of await renew()) logger.info('a new certificate', { certificate: name, reason });
    } catch (error) {
      signal.throwIfAborted();
      logger.error('cannot renew certificates', { error: errorMessage(error) });
      await clock.sleep(RETRY_MS, { signal });
    }
  }
}

/** When the first of the planned certificates is due, ms since 1970; one that is missing is due now. */
export function nextRenewal({ dir, plan, nowMs, rng }: { dir: string; plan: readonly PlannedCertificate[]; nowMs: number; rng: Rng }): number {
  return Math.min(...plan.map(({ name }) => {
    const pair = readPair(dir, name);
    if (pair === undefined) return nowMs;
    const certificate = new X509Certificate(pair.certificate);
    const dueMs = renewalTime(certificate);
    return dueMs + (Date.parse(certificate.validTo) - dueMs) * JITTER_PART * rng.next();
  }));
}

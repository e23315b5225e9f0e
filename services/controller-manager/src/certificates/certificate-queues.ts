import type { RetryLimits } from '@kubernode/client';

/** Of each of the controllers that settle certificate requests. */
export const CERTIFICATE_WORKERS = 5;
/** A request that nobody may approve yet is looked at more and more rarely. */
export const CERTIFICATE_RETRY: RetryLimits = { retryDelayMs: 200, retryDelayMaxMs: 1_000_000 };

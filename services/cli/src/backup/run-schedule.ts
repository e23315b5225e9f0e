import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BackupFailure } from './backup-failure.ts';

export interface ScheduleOptions {
  everyMs: number;
  /** When the newest archive was made, ms since 1970; undefined when there is none. */
  newest: () => number | undefined;
  /** Makes one, verifies it, and removes what is too old. */
  backUp: (signal: AbortSignal) => Promise<{ bytes: number }>;
  /** Told of each failure, and of the success that ends them. */
  onOutcome: (failure: BackupFailure | undefined) => void;
  metrics: BackupMetrics;
  clock: Clock;
  logger: Logger;
}

export interface BackupMetrics {
  succeeded(atMs: number, bytes: number, tookSeconds: number): void;
  failed(atMs: number): void;
  /** One from before this process. */
  found(atMs: number): void;
}

/** After a failure it is tried again so soon, and then twice as late each time, up to the schedule's own distance. */
const RETRY_MS = 60_000;
/** Looks at the clock at least so often: it may be set. */
const LOOK_EVERY_MS = 60_000;
const SECONDS_BUCKETS = [1, 5, 15, 60, 300, 1_800];

/** Backs up at even distances until aborted: at once when the newest is too old, so that a host that was off catches up. One at a time. */
export async function runSchedule({ everyMs, newest, backUp, onOutcome, metrics, clock, logger }: ScheduleOptions, signal: AbortSignal): Promise<void> {
  const before = newest();
  if (before !== undefined) metrics.found(before);
  const tell = (failure: BackupFailure | undefined): void => {
    try { onOutcome(failure); } catch (error) { logger.error('the outcome of a backup cannot be kept', { err: errorMessage(error) }); } // on the disk that is full, perhaps
  };
  let retryMs = RETRY_MS;
  let notBefore = 0;
  try {
    for (;;) {
      const dueAt = Math.max((newest() ?? -Infinity) + everyMs, notBefore);
      const waitMs = dueAt - clock.now();
      if (waitMs > 0) { await clock.sleep(Math.min(waitMs, LOOK_EVERY_MS), { signal }); continue; }
      const startedMs = clock.monotonicNow();
      try {
        const { bytes } = await backUp(signal);
        metrics.succeeded(clock.now(), bytes, (clock.monotonicNow() - startedMs) / 1000);
        [retryMs, notBefore] = [RETRY_MS, clock.now() + LOOK_EVERY_MS];
        tell(undefined);
        logger.info('backed up', { bytes });
      } catch (error) {
        if (signal.aborted) return;
        metrics.failed(clock.now());
        tell({ atMs: clock.now(), message: errorMessage(error) });
        notBefore = clock.now() + retryMs;
        logger.error('backup failed; it is tried again', { err: errorMessage(error), afterSeconds: retryMs / 1000 });
        retryMs = Math.min(retryMs * 2, Math.max(everyMs, RETRY_MS));
      }
    }
  } catch (error) { if (!isAbortError(error)) throw error; }
}

/** Age of the last is what an alert asks for: `time() - kubernode_backup_last_success_timestamp_seconds`. */
export function createBackupMetrics(registry: Registry): BackupMetrics {
  const registers = [registry];
  const total = new Counter({ registers, name: 'kubernode_backup_total', help: 'Backups that were begun and have ended, by outcome.', labelNames: ['result'] });
  for (const result of ['success', 'failure']) total.inc({ result }, 0);
  const lastSuccess = new Gauge({ registers, name: 'kubernode_backup_last_success_timestamp_seconds', help: 'When the newest archive was made; 0 when there is none.' });
  const lastFailure = new Gauge({ registers, name: 'kubernode_backup_last_failure_timestamp_seconds', help: 'When a backup failed last; 0 when none did.' });
  const size = new Gauge({ registers, name: 'kubernode_backup_size_bytes', help: 'Size of the newest archive that this process made.' });
  const seconds = new Histogram({ registers, name: 'kubernode_backup_duration_seconds', help: 'How long backups took, verification included.', buckets: SECONDS_BUCKETS });
  return {
    succeeded(atMs, bytes, tookSeconds) { total.inc({ result: 'success' }); lastSuccess.set(atMs / 1000); size.set(bytes); seconds.observe(tookSeconds); },
    failed(atMs) { total.inc({ result: 'failure' }); lastFailure.set(atMs / 1000); },
    found(atMs) { lastSuccess.set(atMs / 1000); },
  };
}

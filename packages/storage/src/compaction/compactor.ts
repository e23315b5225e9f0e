import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { EtcdClient } from '@kubernode/rpc';

export interface CompactorOptions {
  etcd: EtcdClient;
  clock: Clock;
  logger: Logger;
  /** Five minutes when absent, as in Kubernetes: so old a list or watch can be at most, and ten minutes after a failover. */
  intervalMs?: number | undefined;
}

/** What a replica knows of the key on which all agree. */
export interface CompactionState {
  /** The key's version as last seen: a clock that every compaction moves by one. */
  version: number;
  /** etcd's revision at that time: up to here is compacted next. */
  revision: number;
}

/** Holds the revision up to which history is gone. The key and its meaning are kube-apiserver's, so that both kinds of replicas may share an etcd. */
export const COMPACT_REVISION_KEY = 'compact_rev_key';
const INTERVAL_MS = 5 * 60_000;

/** Forgets etcd's history beyond the interval, until aborted. Every replica runs it; one of them does the work each time. */
export async function runCompactor({ etcd, clock, logger, intervalMs = INTERVAL_MS }: CompactorOptions, signal: AbortSignal): Promise<void> {
  let state: CompactionState = { version: 0, revision: 0 };
  while (!signal.aborted) {
    try {
      await clock.sleep(intervalMs, { signal });
      state = await compactOnce(etcd, state, signal);
      logger.debug('Compaction round', { ...state });
    } catch (error) {
      if (signal.aborted || isAbortError(error)) return;
      logger.warn('Compaction failed; the next round tries again', { err: errorMessage(error) });
    }
  }
}

/**
 * One round. Whoever moves the key's version on from what it saw last compacts up to the revision of that time; for the others the
 * version has moved already, so they only take note.
 *
 *     replica A  ──compacts──┬──────────────┬──compacts──▶
 *     replica B  ────────────┴──takes note──┴──takes note─▶   takes over one interval after A is gone
 */
export async function compactOnce(etcd: EtcdClient, { version, revision }: CompactionState, signal?: AbortSignal): Promise<CompactionState> {
  const answer = await etcd.txn({
    compare: [{ key: COMPACT_REVISION_KEY, target: 'version', equals: version }],
    success: [{ kind: 'put', key: COMPACT_REVISION_KEY, value: Buffer.from(`${revision}`) }],
    failure: [{ kind: 'range', key: COMPACT_REVISION_KEY }],
  }, { signal });
  if (!answer.succeeded) {
    const [result] = answer.results;
    return { version: (result?.kind === 'range' ? result.kvs[0]?.version : undefined) ?? 0, revision: answer.revision };
  }
  if (revision > 0) await etcd.compact({ revision }, { signal }); // not in the first round after the key was made: nothing is an interval old
  return { version: version + 1, revision: answer.revision };
}

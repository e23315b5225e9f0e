import { errorMessage, type Clock } from '@kubernode/base';
import type { EtcdClient } from '@kubernode/rpc';

export interface EtcdCheckOptions {
  etcd: Pick<EtcdClient, 'range'>;
  clock: Clock;
  timeoutMs: number;
  /** What is read; it need not exist. */
  key: string;
}

/** Why etcd is not well; undefined when a read got through. Asks at most twice in its time limit: between, the last answer holds. */
export function etcdCheck({ etcd, clock, timeoutMs, key }: EtcdCheckOptions): () => Promise<string | undefined> {
  return seldom(timeoutMs / 2, clock, () => etcd.range({ key }, { timeoutMs }).then(() => undefined, (error: unknown) => `error getting data from etcd: ${errorMessage(error)}`));
}

export interface EtcdConnectionCheckOptions {
  etcd: Pick<EtcdClient, 'isReachable'>;
  clock: Clock;
  /** As `etcdCheck` makes it. */
  read: () => Promise<string | undefined>;
}

/** A member that is there answers at once. */
const REACH_TIMEOUT_MS = 1_000;
/** Longer than elections and the defragmentation of a usual file. */
const TROUBLE_MAX_MS = 5_000;

/**
 * Why another replica would do better, as far as etcd goes; what a load balancer should ask, which cuts off the clients of a replica that fails. An etcd that
 * elects a leader, defragments or waits for its disk holds all replicas up alike: who takes clients from all of them makes errors out of a pause. So it
 * is enough that a member can be reached; but not for ever, since the one that this replica reaches may be cut off from its peers.
 */
export function etcdConnectionCheck({ etcd, clock, read }: EtcdConnectionCheckOptions): () => Promise<string | undefined> {
  let troubledSinceMs: number | undefined;
  const reach = seldom(REACH_TIMEOUT_MS / 2, clock, async () => (await etcd.isReachable({ timeoutMs: REACH_TIMEOUT_MS }) ? undefined : 'no member of etcd can be reached'));
  return () => {
    const now = clock.monotonicNow();
    troubledSinceMs ??= now; // until the read has got through
    void read().then((failure) => { if (failure === undefined) troubledSinceMs = undefined; });
    return now - troubledSinceMs > TROUBLE_MAX_MS ? Promise.resolve('no read from etcd got through for a while') : reach();
  };
}

/** Between two questions the answer to the last one holds, also while it is awaited. */
function seldom<T>(everyMs: number, clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { atMs: number; answer: Promise<T> } | undefined;
  return () => {
    const now = clock.monotonicNow();
    if (last === undefined || now - last.atMs >= everyMs) last = { atMs: now, answer: ask() };
    return last.answer;
  };
}

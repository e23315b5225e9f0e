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
  let askedAtMs = -Infinity;
  let last: Promise<string | undefined> = Promise.resolve('etcd was not asked yet');
  return () => {
    const now = clock.monotonicNow();
    if (now - askedAtMs < timeoutMs / 2) return last;
    askedAtMs = now;
    last = etcd.range({ key }, { timeoutMs }).then(() => undefined, (error: unknown) => `error getting data from etcd: ${errorMessage(error)}`);
    return last;
  };
}

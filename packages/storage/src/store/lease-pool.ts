import type { Clock } from '@kubernode/base';
import type { EtcdClient } from '@kubernode/rpc';

interface PooledLease { id: bigint; expiresAtMs: number; objects: number }

/** Kubernetes' figures: a lease lives up to 5 % (at most a minute) longer than was asked for, and is shared meanwhile. */
const REUSE_SHARE = 0.05;
const REUSE_MAX_SECONDS = 60;
const OBJECTS_PER_LEASE_MAX = 1_000;
const TIMES_TO_LIVE_MAX = 16;

/** Leases for objects that are to vanish. Objects written soon after each other share one, since granting costs as much as a write. */
export class LeasePool {
  readonly #etcd: EtcdClient;
  readonly #clock: Clock;
  readonly #leases = new Map<number, Promise<PooledLease>>();

  constructor({ etcd, clock }: { etcd: EtcdClient; clock: Clock }) { this.#etcd = etcd; this.#clock = clock; }

  /** A lease that lives at least `ttlSeconds` from now. */
  async leaseFor(ttlSeconds: number): Promise<bigint> {
    const pooled = this.#leases.get(ttlSeconds);
    const lease = await pooled;
    if (lease !== undefined && lease.objects < OBJECTS_PER_LEASE_MAX && this.#clock.monotonicNow() + ttlSeconds * 1000 < lease.expiresAtMs) {
      lease.objects++;
      return lease.id;
    }
    if (this.#leases.get(ttlSeconds) === pooled) this.#grant(ttlSeconds); // else another caller has renewed it while this one waited
    return this.leaseFor(ttlSeconds);
  }

  /** A lease that etcd does not know any more is not to be given out again. */
  forget(id: bigint): void {
    for (const [ttlSeconds, pooled] of this.#leases) {
      void pooled.then((lease) => { if (lease.id === id && this.#leases.get(ttlSeconds) === pooled) this.#leases.delete(ttlSeconds); }, () => undefined);
    }
  }

  #grant(ttlSeconds: number): void {
    const reuseSeconds = Math.max(1, Math.min(Math.floor(ttlSeconds * REUSE_SHARE), REUSE_MAX_SECONDS));
    const startedMs = this.#clock.monotonicNow();
    const granted = this.#etcd.grantLease(ttlSeconds + reuseSeconds).then(({ id }) => ({ id, expiresAtMs: startedMs + (ttlSeconds + reuseSeconds) * 1000, objects: 0 }));
    if (this.#leases.size >= TIMES_TO_LIVE_MAX) for (const oldest of this.#leases.keys()) { this.#leases.delete(oldest); break; }
    this.#leases.set(ttlSeconds, granted);
    granted.catch(() => { if (this.#leases.get(ttlSeconds) === granted) this.#leases.delete(ttlSeconds); });
  }
}

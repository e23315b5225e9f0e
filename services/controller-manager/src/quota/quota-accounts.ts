import type { coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { addUsage, type Usage } from '@kubernode/quota';

type Quota = Readonly<coreV1.ResourceQuota>;

/**
 * The longest that a write can be under way between its charge and its object: the API server's time for a request (60 s), and what etcd
 * may take for one that was sent in the last moment.
 */
export const SETTLED_MS = 80_000;

interface Account {
  uid: string;
  version: string;
  /** When somebody else was last seen to change it. */
  changedMs: number;
  /** When names were last counted that it had not limited before. */
  startedMs: number;
  /** What objects have given back and status does not say yet. */
  released: Usage;
}

/** What has to be known of quotas besides their status: what is still to be given back, and since when nothing was charged. By key. */
export class QuotaAccounts {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();

  constructor(clock: Clock) { this.#clock = clock; }

  /** Takes note of a quota as it is; says whether that is somebody else's doing. */
  observe(key: string, { metadata: { uid = '', resourceVersion = '' } }: Quota): boolean {
    const known = this.#accounts.get(key);
    if (known?.uid === uid && known.version === resourceVersion) return false;
    const changedMs = this.#clock.monotonicNow();
    if (known?.uid === uid) Object.assign(known, { version: resourceVersion, changedMs });
    else this.#accounts.set(key, { uid, version: resourceVersion, changedMs, startedMs: -Infinity, released: new Map() });
    return true;
  }

  /** Takes note of an own write, which is no charge: the quota rests on when nobody came before it. */
  wrote(key: string, base: Quota, { metadata: { resourceVersion = '' } }: Quota): void {
    this.observe(key, base);
    const account = this.#accounts.get(key);
    if (account !== undefined) account.version = resourceVersion;
  }

  forget(key: string): void { this.#accounts.delete(key); }

  /** To be given back with the next write. What quotas that are not known have to get back is counted when they are. */
  release(key: string, usage: Usage): void {
    const account = this.#accounts.get(key);
    if (account !== undefined) addUsage(account.released, usage);
  }

  /** All that is to be given back. Whoever takes it and cannot write it down brings it back by `release`, unless it may have been written. */
  take(key: string): Usage {
    const account = this.#accounts.get(key);
    const released: Usage = account?.released ?? new Map();
    if (account !== undefined) account.released = new Map();
    return released;
  }

  hasReleased(key: string): boolean { return (this.#accounts.get(key)?.released.size ?? 0) > 0; }

  started(key: string): void {
    const account = this.#accounts.get(key);
    if (account !== undefined) account.startedMs = this.#clock.monotonicNow();
  }

  /** Whether objects may still show that were let in before the quota was counted first. */
  isStarting(key: string): boolean { return this.#clock.monotonicNow() - (this.#accounts.get(key)?.startedMs ?? -Infinity) < SETTLED_MS; }

  /** How long until every charge in this state of the quota has become an object, or never will; not above 0 when that is so. */
  settlesInMs(key: string, { metadata: { uid, resourceVersion } }: Quota): number {
    const account = this.#accounts.get(key);
    if (account === undefined || account.uid !== (uid ?? '') || account.version !== resourceVersion) return SETTLED_MS;
    return account.changedMs + SETTLED_MS - this.#clock.monotonicNow();
  }
}

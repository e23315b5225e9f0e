import fc from 'fast-check';
import { systemClock } from '@kubernode/base';
import { createMemoryStorage, FakeEtcd, labelsAndNames, type FakeFault } from '@kubernode/testing';
import { canonicalBytes } from '../store/canonical.ts';
import type { ObjectStore, Watcher, WatchEvent } from '../store/object-store.ts';

const KEYS = ['a/x', 'a/y', 'b/x', 'b/y', 'c'] as const;
const prefix = '/registry/pods/';
const pods = { prefix, resource: { group: '', resource: 'pods' }, attributesOf: labelsAndNames };
const bytesOf = (n: number): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, n });
/** Small, so that rings turn over. */
const ringBounds = { countMax: 6, bytesMax: 1_000_000 };
/** A client that is not up to date after so many steps never will be. */
const TURNS_MAX = 500;
/** Retries do not wait. */
const clock = { ...systemClock, sleep: (_: number, options?: Parameters<typeof systemClock.sleep>[1]) => systemClock.sleep(0, options) };

type Step =
  | { kind: 'write' | 'delete'; replica: number; key: number }
  | { kind: 'compact'; share: number } | { kind: 'restore'; lost: number }
  | { kind: 'disconnect' | 'pause' | 'resume' | 'settle' | 'outage' | 'end of outage' | 'restart of a replica' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constantFrom('write', 'write', 'delete'), replica: fc.nat(1), key: fc.nat(KEYS.length - 1) }) as fc.Arbitrary<Step> },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), lost: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 12, arbitrary: fc.constantFrom<Step>({ kind: 'disconnect' }, { kind: 'pause' }, { kind: 'resume' }, { kind: 'resume' }, { kind: 'settle' }, { kind: 'settle' }, { kind: 'outage' }, { kind: 'end of outage' }, { kind: 'restart of a replica' }) },
);

describe('what a client builds from a list and a watch', () => {
  test('is always what a list shows at that revision, whatever happens to etcd, and in the end what etcd holds', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.integer({ min: 1, max: 3 }), async (steps, batchMax) => {
      let fault: FakeFault = 'none';
      const etcd = new FakeEtcd({ clock, batchMax, faultOf: () => fault });
      const storages = [createMemoryStorage({ etcd, clock }), createMemoryStorage({ etcd, clock })];
      const stores: ObjectStore[] = await Promise.all(storages.map((storage) => storage.store({ ...pods, ringBounds })));
      const clients = [new Reflector(() => stores[0] as ObjectStore), new Reflector(() => stores[1] as ObjectStore)]; // there are two
      for (const [n, action] of steps.entries()) {
        switch (action.kind) {
          case 'write': case 'delete': {
            const change = action.kind === 'write' ? () => ({ kind: 'write' as const, bytes: bytesOf(n) }) : (current: unknown) => (current === undefined ? undefined as never : { kind: 'delete' as const });
            if (fault === 'none') await stores[action.replica]?.update(KEYS[action.key] as string, change, {}).catch(() => undefined); // nothing to delete
            break;
          }
          case 'compact': await etcd.compact({ revision: Math.ceil(etcd.revision * action.share) }).catch(() => undefined); break; // compacted already, or an outage
          case 'restore': if (etcd.revision - action.lost > etcd.compacted) etcd.restore(etcd.revision - action.lost); break;
          case 'disconnect': etcd.disconnectWatches(); break;
          case 'pause': etcd.pauseWatches(); break;
          case 'resume': etcd.resumeWatches(); break;
          case 'settle': await systemClock.sleep(0); break;
          case 'outage': fault = 'unreachable'; etcd.disconnectWatches(); break;
          case 'end of outage': fault = 'none'; break;
          case 'restart of a replica': {
            fault = 'none';
            etcd.resumeWatches();
            clients[1]?.disconnect();
            await storages[1]?.[Symbol.asyncDispose]();
            storages[1] = createMemoryStorage({ etcd, clock });
            stores[1] = await storages[1].store({ ...pods, ringBounds });
          }
        }
        for (const client of clients) await client.step();
      }
      fault = 'none';
      etcd.resumeWatches();
      etcd.disconnectWatches(); // a restored etcd has no streams of before
      await etcd.put({ key: `${prefix}end`, value: bytesOf(-1) });
      const truth = (await etcd.range({ key: prefix, rangeEnd: '/registry/pods0' })).kvs.map(({ key, modRevision }) => [key.slice(prefix.length), modRevision]);
      for (const client of clients) expect(await client.finish('end', etcd.revision)).toEqual(truth);
      for (const storage of storages) await storage[Symbol.asyncDispose]();
      etcd.close();
    }), { numRuns: 60 });
  }, 60_000);
});

/** A client as informers are: lists, watches from there, lists again after a 410. Goes to whichever replica is there at the time. */
class Reflector {
  readonly #store: () => ObjectStore;
  readonly state = new Map<string, number>();
  readonly #controller = new AbortController();
  #watcher: Watcher | undefined;
  /** What is being read; it may outlast a step. */
  #reading: Promise<readonly WatchEvent[]> | undefined;
  /** Up to where the state is known to be whole. */
  #revision = 0;

  constructor(store: () => ObjectStore) { this.#store = store; }

  /** Takes what there is without waiting for more; whatever fails is tried again by the next step. */
  async step(): Promise<void> {
    try {
      this.#watcher ??= await this.#begin();
      for (;;) {
        this.#reading ??= this.#watcher.next({ maxEvents: 2, signal: this.#controller.signal });
        const events = await Promise.race([this.#reading, systemClock.sleep(0).then(() => undefined)]);
        if (events === undefined) return;
        this.#reading = undefined;
        for (const { type, revision, object } of events) {
          expect(type === 'ADDED').toBe(!this.state.has(object.key)); // every event fits what was told before
          if (type === 'DELETED') this.state.delete(object.key); else this.state.set(object.key, revision);
          this.#revision = revision;
        }
      }
    } catch (error) {
      if ((error as { name?: string }).name === 'JestAssertionError') throw error;
      this.disconnect();
      if ((error as { code?: number }).code === 410) this.#revision = 0;
    }
  }

  /** The next step goes on from where it is. */
  disconnect(): void {
    this.#reading?.catch(() => undefined); // it is given up
    this.#watcher?.[Symbol.dispose]();
    this.#watcher = this.#reading = undefined;
  }

  async finish(lastKey: string, revision: number): Promise<[string, number][]> {
    for (let turns = 0; this.state.get(lastKey) !== revision && turns < TURNS_MAX; turns++) await this.step();
    this.#controller.abort();
    this.disconnect();
    return [...this.state].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async #begin(): Promise<Watcher> {
    if (this.#revision === 0) {
      const { items, revision } = await this.#store().list({ freshness: { kind: 'consistent' }, keyPrefix: '', limit: 0 });
      this.state.clear();
      for (const { key, revision: at } of items) this.state.set(key, at);
      this.#revision = revision;
    }
    return this.#store().watch({ fromRevision: this.#revision, keyPrefix: '' });
  }
}

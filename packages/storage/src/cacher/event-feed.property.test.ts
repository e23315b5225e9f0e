import fc from 'fast-check';
import { createMemoryStorage, FakeEtcd, labelsAndNames } from '@kubernode/testing';
import { systemClock } from '@kubernode/base';
import { canonicalBytes } from '../store/canonical.ts';
import type { Watcher } from '../store/object-store.ts';

const KEYS = ['a/x', 'a/y', 'b/x', 'b/xx', 'c'] as const;
const prefix = '/registry/pods/';
const bytesOf = (n: number): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, n });

type Step = { kind: 'write'; key: string } | { kind: 'delete'; key: string } | { kind: 'writeTwo' } | { kind: 'other' } | { kind: 'disconnect' } | { kind: 'pause' } | { kind: 'resume' } | { kind: 'settle' } | { kind: 'watch'; scope: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('write' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 8, arbitrary: fc.constantFrom<Step>({ kind: 'writeTwo' }, { kind: 'other' }, { kind: 'disconnect' }, { kind: 'disconnect' }, { kind: 'pause' }, { kind: 'resume' }, { kind: 'settle' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('watch' as const), scope: fc.nat(3) }) },
);
const SCOPES = [{ keyPrefix: '' }, { keyPrefix: 'a/' }, { keyPrefix: '', exactKey: 'b/x' }, { keyPrefix: 'b/' }] as const;

describe('a watch', () => {
  test('gives every event of its scope once and in order, whatever breaks on the way', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, batchMax) => {
      const etcd = new FakeEtcd({ clock: systemClock, batchMax });
      await using storage = createMemoryStorage({ etcd, clock: { ...systemClock, sleep: (_, options) => systemClock.sleep(0, options) } });
      const store = await storage.store({ prefix, resource: { group: '', resource: 'pods' }, attributesOf: labelsAndNames });
      const truth: { revision: number; type: string; key: string }[] = [];
      const present = new Set<string>();
      const watches: { watcher: Watcher; scope: (typeof SCOPES)[number]; from: number }[] = [];
      const wrote = (revision: number, key: string): void => { truth.push({ revision, type: present.has(key) ? 'MODIFIED' : 'ADDED', key }); present.add(key); };
      for (const [n, action] of steps.entries()) {
        switch (action.kind) {
          case 'write': wrote((await etcd.put({ key: prefix + action.key, value: bytesOf(n) })).revision, action.key); break;
          case 'delete': {
            const { revision, deleted } = await etcd.delete({ key: prefix + action.key });
            if (deleted > 0) { truth.push({ revision, type: 'DELETED', key: action.key }); present.delete(action.key); }
            break;
          }
          case 'writeTwo': {
            const { revision } = await etcd.txn({ compare: [], failure: [], success: [KEYS[0], KEYS[2]].map((key) => ({ kind: 'put', key: prefix + key, value: bytesOf(n) })) });
            wrote(revision, KEYS[0]);
            wrote(revision, KEYS[2]);
            break;
          }
          case 'other': await etcd.put({ key: '/registry/nodes/x', value: bytesOf(n) }); break;
          case 'disconnect': etcd.disconnectWatches(); break;
          case 'pause': etcd.pauseWatches(); break;
          case 'resume': etcd.resumeWatches(); break;
          case 'settle': await systemClock.sleep(0); break;
          case 'watch': {
            const scope = SCOPES[action.scope] ?? SCOPES[0];
            watches.push({ scope, from: store.revision, watcher: store.watch({ ...scope, fromRevision: store.revision }) });
          }
        }
      }
      etcd.resumeWatches();
      await storage.backend.feed.reached(etcd.revision, { timeoutMs: 2_000 });
      for (const { watcher, scope, from } of watches) {
        const expected = truth.filter(({ key, revision }) => revision > from && ('exactKey' in scope ? key === scope.exactKey : key.startsWith(scope.keyPrefix)));
        const seen: typeof truth = [];
        while (seen.length < expected.length) for (const { revision, type, object } of await watcher.next({ maxEvents: 2, signal: AbortSignal.timeout(1_000) })) seen.push({ revision, type, key: object.key });
        expect(seen).toEqual(expected);
        expect(watcher.revision).toBe(etcd.revision);
        watcher[Symbol.dispose]();
      }
      expect(store.watchers).toBe(0);
      const { items } = await store.list({ freshness: { kind: 'consistent' }, keyPrefix: '', limit: 0 });
      expect(items.map(({ key }) => key)).toEqual([...present].sort());
    }), { numRuns: 40 });
  }, 30_000);
});

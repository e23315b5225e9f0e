import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFakeClock } from '@kubernode/testing';
import { canonicalBytes } from '../store/canonical.ts';
import { storedObject } from '../store/cached-object.ts';
import { RecentlyRead } from '../store/recently-read.ts';
import { WatchCache } from './watch-cache.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void; // what the flag makes
const prefix = '/registry/pods/';
const reading = { attributesOf: () => ({ labels: {}, fields: {} }), recent: new RecentlyRead({ countMax: 1, bytesMax: 1 }) };

function apply(cache: WatchCache, name: string, revision: number): void {
  const value = canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name } });
  cache.apply({ type: 'put', kv: { key: prefix + name, value, createRevision: 1, modRevision: revision, version: 1, lease: 0n } }, { object: storedObject(name, revision, value, reading), isStale: false });
}

test('a snapshot for a list in pages is given up once the ring does not reach back so far, also when nobody asks for a page', async () => {
  const cache = new WatchCache({ prefix, ringBounds: { countMax: 3, bytesMax: 1e6, ageMsMax: 75_000, countMin: 1 }, clock: createFakeClock(), appliedRevision: () => 100 }, 1, []);
  apply(cache, 'a', 2);
  const old = new WeakRef(cache.get('a') ?? {});
  cache.keepSnapshot(2, cache.snapshot());
  expect(cache.snapshotAt(2)?.undone).toBeUndefined();
  for (let revision = 3; revision < 10; revision++) apply(cache, 'a', revision);
  await new Promise(setImmediate); // a WeakRef holds on until the turn is over
  collectGarbage();
  expect(old.deref()).toBeUndefined();
});

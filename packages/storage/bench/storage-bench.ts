import { parseArgs } from 'node:util';
import { linkSignals, seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createEtcdClient } from '@kubernode/rpc';
import { canonicalBytes, createObjectStore, createStorageBackend, frameOf, type RunnableObjectStore } from '@kubernode/storage';

/**
 * Rates of one replica on a real etcd:  tsx --conditions=source packages/storage/bench/storage-bench.ts --endpoint http://127.0.0.1:2379 --objects 20000
 */
const { values } = parseArgs({ options: { endpoint: { type: 'string', default: 'http://127.0.0.1:2379' }, objects: { type: 'string', default: '10000' }, writers: { type: 'string', default: '64' } } });
const objects = Number(values.objects);
const writers = Number(values.writers);
const prefix = `/registry/bench-${process.pid}/`;
const filler = 'x'.repeat(1_500);
const bytesOf = (n: number, round: number): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name: `p${n}`, namespace: `n${n % 50}`, labels: { app: `a${n % 100}` } }, spec: { filler }, status: { round } });
const keyOf = (n: number): string => `n${n % 50}/p${n}`;

const etcd = createEtcdClient({ endpoints: [values.endpoint] });
const backend = createStorageBackend({ etcd, clock: systemClock, rng: seededRng(1), logger: silentLogger });
const tasks = new TaskGroup();
tasks.spawn((signal) => backend.run(signal));
const store = await started();

await measure('create', objects, (n) => store.create(keyOf(n), bytesOf(n, 0), { exists: () => new Error('exists') }));
const from = store.revision;
await measure('update', objects, (n) => store.update(keyOf(n), () => ({ kind: 'write', bytes: bytesOf(n, 1) }), {}));
await measure('get, consistent', objects, (n) => store.get(keyOf(n), { freshness: { kind: 'consistent' } }));
await measure('get, any', objects * 10, (n) => store.get(keyOf(n % objects), { freshness: { kind: 'any' } }));
await measure('list of all', 20, () => store.list({ freshness: { kind: 'consistent' }, keyPrefix: '', limit: 0 }));
await measure('list of all by label, first', 1, () => store.list({ freshness: { kind: 'any' }, keyPrefix: '', limit: 0, matches: ({ labels }) => labels['app'] === 'a1' }));
await measure('list of all by label', 20, () => store.list({ freshness: { kind: 'any' }, keyPrefix: '', limit: 0, matches: ({ labels }) => labels['app'] === 'a1' }));
await store.list({ freshness: { kind: 'consistent' }, keyPrefix: '', limit: 500 });
await measure('page of 500, same revision', 500, (n) => store.list({ freshness: { kind: 'exact', revision: store.revision }, keyPrefix: '', afterKey: keyOf(n * 31), limit: 500 }));
await measure('page of 500, earlier revision', 100, (n) => store.list({ freshness: { kind: 'exact', revision: from }, keyPrefix: '', afterKey: keyOf(n * 31), limit: 500 }));
await watchRate();
await measure('load of the cache', 1, started);
await etcd.delete({ key: prefix, rangeEnd: `${prefix.slice(0, -1)}0` });
tasks.stop();
await tasks.done();
etcd.close();

async function started(): Promise<RunnableObjectStore> {
  const running = createObjectStore({ backend, prefix, resource: { group: '', resource: 'pods' }, attributesOf: (object) => ({ labels: (object as { metadata: { labels: Record<string, string> } }).metadata.labels, fields: {} }) }); // as bytesOf makes them
  tasks.spawn((signal) => running.run(signal));
  while (!running.ready) await systemClock.sleep(1);
  return running;
}

async function measure(name: string, count: number, call: (n: number) => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  const startedMs = systemClock.monotonicNow();
  let next = 0;
  await Promise.all(Array.from({ length: writers }, async () => { for (let n = next++; n < count; n = next++) await call(n); }));
  report(name, count, startedMs, cpu);
}

/** Hundred watchers of everything, and ten thousand of other namespaces that are not to be woken. */
async function watchRate(): Promise<void> {
  const controller = new AbortController();
  let seen = 0, bytes = 0;
  for (let idle = 0; idle < 10_000; idle++) void store.watch({ fromRevision: store.revision, keyPrefix: `idle${idle}/` }).next({ maxEvents: 1, signal: new AbortController().signal }).catch(() => undefined); // ends with the cache
  const watchers = Array.from({ length: 100 }, () => store.watch({ fromRevision: store.revision, keyPrefix: '' }));
  const readers = watchers.map(async (watcher) => {
    using own = linkSignals(controller.signal); // each request has a signal of its own
    for (;;) for (const { type, object } of await watcher.next({ maxEvents: 100, signal: own.signal })) { seen++; bytes += frameOf(type, object).length; }
  });
  const cpu = process.cpuUsage();
  const startedMs = systemClock.monotonicNow();
  await measure('update under 100 watchers', objects / 2, (n) => store.update(keyOf(n), () => ({ kind: 'write', bytes: bytesOf(n, 2) }), {}));
  while (seen < watchers.length * objects / 2) await systemClock.sleep(1);
  report('event to a watcher', seen, startedMs, cpu);
  process.stdout.write(`frames: ${Math.round(bytes / 1e6)} MB\n`);
  controller.abort();
  await Promise.allSettled(readers);
}

function report(name: string, count: number, startedMs: number, cpu: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (systemClock.monotonicNow() - startedMs) / 1000;
  process.stdout.write(`${name.padEnd(32)} ${Math.round(count / seconds).toLocaleString('en').padStart(12)}/s ${((user + system) / count).toFixed(1).padStart(10)} µs CPU each\n`);
}

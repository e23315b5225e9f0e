import { startEtcd } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from '../test/api-servers.ts';

/**
 * What definitions cost: `node --expose-gc --import tsx --conditions=source services/apiserver/bench/custom-resources.bench.ts [COUNT]`.
 * Creates COUNT definitions with a schema like those of common operators, waits until each answers a list, writes one object of each, and
 * prints the time, the processor time and what stayed in memory. etcd is another process; the client is this one and counts along.
 */
const count = Number(process.argv[2] ?? 100);
const PROPERTIES = 40;
const DEPTH = 3;
const KILOBYTE = 1024;

function schema(depth: number): object {
  const leaves = Object.fromEntries(Array.from({ length: PROPERTIES }, (_, i) => [`field${i}`, i % 4 === 0 ? { type: 'integer', minimum: 0, description: `Field ${i}, which has a description as such fields do.` } : { type: 'string', maxLength: 100, description: `Field ${i}, described.` }]));
  return { type: 'object', properties: { ...leaves, ...(depth > 0 && { nested: schema(depth - 1) }) }, ...(depth === DEPTH && { 'x-kubernetes-validations': [{ rule: '!has(self.field0) || self.field0 < 1000' }] }) };
}

function definition(index: number): object {
  const group = `bench${index}.example.com`;
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
  return { metadata: { name: `things.${group}` }, spec: { group, scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema(DEPTH), status: { type: 'object' } } } } }] } };
}

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

async function serve(server: ReplicaUnderTest, index: number): Promise<void> {
  const { status, body } = await server.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition(index) });
  if (status !== 201) throw new Error(body.toString());
  const path = `/apis/bench${index}.example.com/v1/namespaces/default/things`;
  while ((await server.request('GET', path)).status !== 200) await new Promise((resolve) => { setTimeout(resolve, 10); });
}

await using etcd = await startEtcd();
await using cluster = await startReplicas(1, [etcd.endpoint]);
const [server] = cluster.replicas as [ReplicaUnderTest];
await serve(server, 0);
const before = heap();
const start = performance.now();
const cpu = process.cpuUsage();
for (let index = 1; index <= count; index++) await serve(server, index);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
const served = heap();
for (let index = 1; index <= count; index++) {
  const { status, body } = await server.request('POST', `/apis/bench${index}.example.com/v1/namespaces/default/things`, { body: { apiVersion: `bench${index}.example.com/v1`, kind: 'Thing', metadata: { name: 'x' }, spec: { field0: 1 } } });
  if (status !== 201) throw new Error(body.toString());
}
const used = heap();
process.stdout.write(`${count} definitions of ${JSON.stringify(definition(0)).length} bytes: served after ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU, `
  + `${((served - before) / count / KILOBYTE).toFixed(0)} kB each, ${((used - before) / count / KILOBYTE).toFixed(0)} kB each once an object was judged by rules\n`);

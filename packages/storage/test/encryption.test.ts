import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createEtcdClient, type EtcdClient } from '@kubernode/rpc';
import { aesCbc, aesGcm, canonicalBytes, createObjectStore, createStorageBackend, identity, PrefixTransformer, secretbox, type PrefixedTransformer, type RunnableObjectStore, type TransformerSource } from '@kubernode/storage';
import { labelsAndNames, startEtcd, type EtcdProcess } from '@kubernode/testing';

const secretBytes = (name: string): Buffer => canonicalBytes({ kind: 'Secret', apiVersion: 'v1', metadata: { name, namespace: 'a' }, data: { word: 'b3BlbiBzZXNhbWU=' } });
const exists = (): Error => new Error('exists');
const consistent = { freshness: { kind: 'consistent' } } as const;
const all = { ...consistent, keyPrefix: '', limit: 0 };

const key = (byte: number): Buffer => Buffer.alloc(32, byte);
const PLAIN: PrefixedTransformer = { prefix: '', transformer: identity };
const CBC: PrefixedTransformer = { prefix: 'k8s:enc:aescbc:v1:a:', transformer: aesCbc(key(1)) };
const GCM: PrefixedTransformer = { prefix: 'k8s:enc:aesgcm:v1:b:', transformer: aesGcm(key(2)) };
const BOX: PrefixedTransformer = { prefix: 'k8s:enc:secretbox:v1:c:', transformer: secretbox(key(3)) };

/** A configuration that can be changed; the first provider writes. */
class Providers implements TransformerSource {
  #transformer: PrefixTransformer;
  constructor(...candidates: PrefixedTransformer[]) { this.#transformer = chain(candidates); }
  set(...candidates: PrefixedTransformer[]): void { this.#transformer = chain(candidates); }
  transformerFor(): PrefixTransformer { return this.#transformer; }
}

function chain(candidates: readonly PrefixedTransformer[]): PrefixTransformer {
  return new PrefixTransformer({ candidates, noMatch: 'no matching prefix found', monotonicNow: () => 0, observe: () => undefined });
}

describe('encryption at rest on a real etcd', () => {
  let etcd: EtcdProcess;
  let client: EtcdClient;
  beforeAll(async () => { etcd = await startEtcd(); client = createEtcdClient({ endpoints: [etcd.endpoint] }); }, 30_000);
  afterAll(async () => { client.close(); await etcd[Symbol.asyncDispose](); });
  const raw = async (store: RunnableObjectStore, name: string): Promise<string | undefined> => (await client.range({ key: `${store.prefix}a/${name}` })).kvs[0]?.value.toString('latin1');

  test('a rotation step by step, as the documentation of Kubernetes has it, with two replicas', async () => {
    const [first, second] = [new Providers(PLAIN), new Providers(PLAIN)];
    await using one = await replica(etcd, 'rotation', first);
    await using two = await replica(etcd, 'rotation', second);
    const names = ['x', 'y', 'z'];
    for (const name of names) await one.store.create(`a/${name}`, secretBytes(name), { exists });
    for (const [to, from] of [[CBC, PLAIN], [GCM, CBC], [BOX, GCM], [PLAIN, BOX]] as const) {
      for (const providers of [first, second]) providers.set(from, to); // everyone can read the new key
      for (const providers of [first, second]) providers.set(to, from); // everyone writes it
      await Promise.all(names.map((name) => two.store.update(`a/${name}`, () => ({ kind: 'unchanged' }), {})));
      for (const providers of [first, second]) providers.set(to); // nobody needs the old one
      for (const name of names) {
        const stored = await raw(one.store, name);
        expect(stored?.startsWith(to.prefix)).toBe(true);
        expect(stored?.includes('b3BlbiBzZXNhbWU=')).toBe(to === PLAIN);
        for (const { store } of [one, two]) expect((await store.get(`a/${name}`, consistent))?.decode<{ data: { word: string } }>().data.word).toBe('b3BlbiBzZXNhbWU=');
      }
      await using late = await replica(etcd, 'rotation', new Providers(to));
      expect((await late.store.list(all)).items).toHaveLength(names.length);
    }
  }, 30_000);

  test('a value moved to another key is not read', async () => {
    await using one = await replica(etcd, 'moved', new Providers(GCM));
    await one.store.create('a/x', secretBytes('x'), { exists });
    await client.put({ key: `${one.store.prefix}a/y`, value: Buffer.from(await raw(one.store, 'x') ?? '', 'latin1') });
    await expect(one.store.get('a/y', consistent)).rejects.toMatchObject({ code: 500, message: 'Internal error occurred: cipher: message authentication failed' });
    await expect(one.store.list(all)).rejects.toMatchObject({ message: `Internal error occurred: unable to transform key "${one.store.prefix}a/y": cipher: message authentication failed` });
    expect(await one.store.get('a/x', consistent)).toBeDefined();
    await client.delete({ key: `${one.store.prefix}a/y` });
    expect((await one.store.list(all)).items).toHaveLength(1);
  }, 20_000);

  test('a replica that lacks a key reads again once it has it, and its clients hear of what they missed', async () => {
    const second = new Providers(CBC);
    await using one = await replica(etcd, 'behind', new Providers(GCM, CBC));
    await using two = await replica(etcd, 'behind', second);
    await one.store.create('a/x', secretBytes('x'), { exists });
    await expect(two.store.list(all)).rejects.toMatchObject({ code: 500 });
    second.set(CBC, GCM);
    expect((await two.store.list(all)).items).toHaveLength(1); // from etcd, at once
    for (let waitedMs = 0; waitedMs < 15_000 && two.store.size === 0; waitedMs += 100) await systemClock.sleep(100);
    expect(two.store.size).toBe(1); // and from its cache again
  }, 30_000);
});

interface Replica extends AsyncDisposable { store: RunnableObjectStore }

async function replica(etcd: EtcdProcess, resource: string, transformers: TransformerSource): Promise<Replica> {
  const client = createEtcdClient({ endpoints: [etcd.endpoint] });
  const backend = createStorageBackend({ etcd: client, clock: systemClock, rng: seededRng(1), logger: silentLogger, transformers });
  const tasks = new TaskGroup();
  tasks.spawn((signal) => backend.run(signal));
  const store = createObjectStore({ backend, prefix: `/registry/${resource}/`, resource: { group: '', resource }, attributesOf: labelsAndNames });
  tasks.spawn((signal) => store.run(signal));
  while (!store.ready) await systemClock.sleep(10);
  return { store, async [Symbol.asyncDispose]() { tasks.stop(); await tasks.done(); client.close(); } };
}

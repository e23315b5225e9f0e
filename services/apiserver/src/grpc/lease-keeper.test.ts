import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import type { CallRequest, LeaseHold } from '@kubernode/rpc';
import type { KubeObject } from '@kubernode/apimachinery';
import type { RunnableObjectStore } from '@kubernode/storage';
import { createFakeClock, createMemoryStorage, type FakeClock, type MemoryStorage } from '@kubernode/testing';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import type { Answer } from '../pipeline/api-request.ts';
import { createObjectWriter } from '../registry/object-writer.ts';
import { servedKind } from '../registry/served-kind.fixture.ts';
import { fenceKey, fenceOf } from '../registry/write/fence.ts';
import { LeaseKeeper } from './lease-keeper.ts';

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };
const hold = (holder: string, epoch: number): LeaseHold => ({ namespace: 'kube-system', lease: 'x', holder, epoch });

interface Lease extends KubeObject { spec: { holderIdentity: string; leaseTransitions: number; leaseDurationSeconds?: number } }

interface Replica { keeper: LeaseKeeper; writer: ObjectWriter; store: RunnableObjectStore }

async function replicaOn(storage: MemoryStorage, clock: FakeClock): Promise<Replica> {
  const served = await servedKind(storage, { group: LEASES.group, version: 'v1', kind: 'Lease' });
  const writer = createObjectWriter({ servedOf: () => served, clock, rng: seededRng(1) });
  return { writer, store: served.storage.store, keeper: new LeaseKeeper({ etcd: storage.etcd, keyOf: storage.backend.keyOf, writer, clock, logger: silentLogger }) };
}

interface Caller { answers: boolean[]; asked: string[]; readonly isEnded: boolean; ask(): void; breaks(): void }

/** A caller's stream. `may` says whether the caller has the right to update the Lease, `mayAsk` to ask for that, `isBusy` whether the server answers nothing but that it is. */
function connect({ keeper, writer }: Replica, message: LeaseHold, { may = true, mayAsk = true, isBusy = false }: { may?: boolean; mayAsk?: boolean; isBusy?: boolean } = {}): Caller {
  const [answers, asked]: [boolean[], string[]] = [[], []];
  let isEnded = false;
  const json = (status: number, body: object): Answer => ({ kind: 'buffered', status, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) });
  const answer = async ({ method, path }: CallRequest): Promise<Answer> => {
    asked.push(method);
    if (isBusy) return json(503, {});
    if (path.endsWith('/selfsubjectaccessreviews')) return mayAsk ? json(201, { status: { allowed: may } }) : json(403, {});
    const lease = await writer.get(LEASES, message.namespace, message.lease);
    return json(lease === undefined ? 404 : method === 'PUT' && !may ? 403 : 200, lease ?? {});
  };
  const opened = keeper.open({ authorize: answer, answer: (held) => { answers.push(held); }, end: () => { isEnded = true; } });
  opened.message(message);
  return { answers, asked, get isEnded() { return isEnded; }, ask: () => { opened.message(message); }, breaks: () => { opened.broken(); } };
}

/** What waits for etcd gets its turns. */
async function settled(): Promise<void> { for (let i = 0; i < 20; i++) await new Promise((resolve) => { setImmediate(resolve); }); }

async function pass(clock: FakeClock, ms: number): Promise<void> { await clock.advance(ms); await settled(); }

/** A holder gives signs of life for six seconds. */
async function live(stream: { ask(): void }, clock: FakeClock): Promise<void> { for (let i = 0; i < 20; i++) { await pass(clock, 300); stream.ask(); await settled(); } }

const setHolder = (replica: Replica, holder: string, epoch: number): Promise<unknown> => replica.writer.update<Lease>(LEASES, { namespace: 'kube-system', name: 'x' }, (lease) => ({ ...lease, spec: { holderIdentity: holder, leaseTransitions: epoch } }));

async function cluster(storages: { first: MemoryStorage; second: MemoryStorage; clock: FakeClock }): Promise<{ replicas: readonly [Replica, Replica]; fence(): Promise<string | undefined>; holder(): Promise<string | undefined> }> {
  const replicas = [await replicaOn(storages.first, storages.clock), await replicaOn(storages.second, storages.clock)] as const;
  await replicas[0].writer.create<Lease>(LEASES, { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'x', namespace: 'kube-system' }, spec: { holderIdentity: 'a', leaseTransitions: 0 } });
  return {
    replicas,
    fence: async () => (await storages.first.etcd.range({ key: fenceKey(hold('a', 0)) })).kvs[0]?.value.toString(),
    holder: async () => (await replicas[0].writer.get<Lease>(LEASES, 'kube-system', 'x'))?.spec.holderIdentity,
  };
}

describe('LeaseKeeper', () => {
  let clock: FakeClock;
  let first: MemoryStorage;
  let second: MemoryStorage;
  beforeEach(() => {
    clock = createFakeClock();
    first = createMemoryStorage({ clock });
    second = createMemoryStorage({ clock, etcd: first.etcd });
  });
  afterEach(async () => { await second[Symbol.asyncDispose](); await first[Symbol.asyncDispose](); });

  test('holds the lease for its holder and answers each sign of life', async () => {
    const { replicas: [one], fence } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    stream.ask();
    expect([stream.answers, stream.asked, await fence()]).toEqual([[true, true], ['POST', 'GET'], '0/a']);
  });

  test.each([['of another holder', hold('b', 0), true], ['of an epoch that is over', hold('a', 7), true], ['that the caller may not update', hold('a', 0), false], ['that is not there', { ...hold('a', 0), lease: 'y' }, true]])('refuses a lease %s', async (_, message, may) => {
    const { replicas: [one], fence } = await cluster({ first, second, clock });
    const stream = connect(one, message, { may });
    await settled();
    expect([stream.answers, await fence()]).toEqual([[false], undefined]);
  });

  test('holds it also for one who may update the Lease, but not ask whether it may', async () => {
    const { replicas: [one], fence } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0), { mayAsk: false });
    await settled();
    expect([stream.answers, stream.asked, await fence()]).toEqual([[true], ['POST', 'GET', 'PUT'], '0/a']);
  });

  test('releases the lease a second after its stream broke, not before', async () => {
    const { replicas: [one], fence, holder } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    stream.breaks();
    await pass(clock, 999);
    expect([await fence(), await holder()]).toEqual(['0/a', 'a']);
    await pass(clock, 1);
    expect([await fence(), await holder()]).toEqual([undefined, '']);
  });

  test('releases the lease also when the stream broke before it was answered', async () => {
    const { replicas: [one], fence, holder } = await cluster({ first, second, clock });
    connect(one, hold('a', 0)).breaks();
    await settled();
    await pass(clock, 1000);
    expect([await fence(), await holder()]).toEqual([undefined, '']);
  });

  test('leaves the lease to a holder that came back, through whichever replica', async () => {
    const { replicas: [one, other], fence, holder } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    stream.breaks();
    await pass(clock, 500);
    const back = connect(other, hold('a', 0));
    await settled();
    await live(back, clock);
    expect([new Set(back.answers), await fence(), await holder()]).toEqual([new Set([true]), '0/a', 'a']);
  });

  test('a holder that comes back needs one request of etcd: the Lease is not read again', async () => {
    const { replicas: [one, other], fence } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    stream.breaks();
    const back = connect(other, hold('a', 0));
    await settled();
    expect([back.answers, back.asked]).toEqual([[true], ['POST']]);
    await live(back, clock);
    expect(await fence()).toBe('0/a');
  });

  test('a holder that comes back without the right to update the Lease any more is refused, and released', async () => {
    const { replicas: [one, other], fence } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    stream.breaks();
    const back = connect(other, hold('a', 0), { may: false });
    await pass(clock, 1000);
    expect([back.answers, await fence()]).toEqual([[false], undefined]);
  });

  test('ends the stream, without a word about the lease, when it cannot find out', async () => {
    const { replicas: [one], fence } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0), { isBusy: true });
    await settled();
    expect([stream.answers, stream.isEnded, await fence()]).toEqual([[], true, undefined]);
  });

  test('leaves the lease to another one that took over meanwhile', async () => {
    const { replicas: [one, other], fence, holder } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    stream.breaks();
    await setHolder(other, 'b', 1);
    const taker = connect(other, hold('b', 1));
    await settled();
    await live(taker, clock);
    expect([await fence(), await holder()]).toEqual(['1/b', 'b']);
  });

  test('a fenced write happens for the leader alone: not for a former one, not for one that was released', async () => {
    const { replicas: [one, other] } = await cluster({ first, second, clock });
    const write = (of: LeaseHold, name: string): Promise<unknown> => one.store.create(`n/${name}`, Buffer.from('{"kind":"Lease","apiVersion":"v1","metadata":{}}'), { fence: fenceOf(of), exists: () => new Error('exists') });
    const stream = connect(one, hold('a', 0));
    await settled();
    await expect(write(hold('a', 0), 'w1')).resolves.toBeDefined();
    stream.breaks();
    await pass(clock, 1000);
    await expect(write(hold('a', 0), 'w2')).rejects.toMatchObject({ code: 409 });
    await setHolder(other, 'b', 1);
    connect(other, hold('b', 1));
    await settled();
    await expect(write(hold('a', 0), 'w3')).rejects.toMatchObject({ code: 409 });
    await expect(write(hold('b', 1), 'w4')).resolves.toBeDefined();
  });

  test('releases the lease of a holder whose stream stands and who says nothing: it is frozen or cut off', async () => {
    const { replicas: [one], fence, holder } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    await live(stream, clock);
    expect([await holder(), await fence()]).toEqual(['a', fenceOf(hold('a', 0)).value]);
    await pass(clock, 3900);
    expect(await holder()).toBe('a');
    await pass(clock, 200);
    await pass(clock, 1); // released
    expect([await holder(), await fence()]).toEqual(['', undefined]);
    stream.ask(); // it wakes up
    await settled();
    expect(stream.answers.at(-1)).toBe(false);
  });

  test('hears the sign of life that waited in the socket while this server stood still', async () => {
    const { replicas: [one], holder } = await cluster({ first, second, clock });
    const stream = connect(one, hold('a', 0));
    await settled();
    setImmediate(stream.ask); // it is there when the timer is called, and is handled after it
    await pass(clock, 4000);
    expect([await holder(), stream.answers]).toEqual(['a', [true, true]]);
  });
});

import { coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { seededRng, type Rng } from '@kubernode/base';
import { createInformerFactory, TransportError, WorkQueueMetrics, type Client, type WatchedEvent } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import type { Runtime } from '@kubernode/controller';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { SETTLED_MS } from './quota-accounts.ts';
import { QuotaController } from './quota-controller.ts';

const { pods, resourcequotas } = coreV1Resources;
const HARD = 8;
const STEPS = 60;
const RESYNC_MS = 300_000;
/** How long a request may be under way. */
const REQUEST_MS = 60_000;
/** How late a watch may be. */
const LATE_MS = 10_000;

/** A pod that was charged and is not there yet, if it ever will be. */
interface Request { name: string; endsMs: number; succeeds: boolean }

/** A namespace with one quota, users and an API server that charge and create in two steps, and a controller that crashes, is cut off and is not answered. */
class Namespace {
  readonly clock: FakeClock = createFakeClock(1_000_000);
  readonly client: FakeClient = createFakeClient([{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'ns' }, spec: { hard: { pods: String(HARD) } } }], { now: () => this.clock.now() });
  readonly #rng: Rng;
  readonly #requests = new Set<Request>();
  #names = 0;
  #controller = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  #streams = new AbortController();
  /** Chances of a fault, none at rest. */
  #faults = 0.2;
  mostPods = 0;

  constructor(seed: number) { this.#rng = seededRng(seed); }

  get used(): number { return Number(this.#quota.status?.used?.['pods'] ?? NaN); }
  get alive(): coreV1.Pod[] { return this.client.all(pods).filter(({ status }) => status?.phase !== 'Succeeded'); }
  get underWay(): number { return [...this.#requests].filter(({ succeeds }) => succeeds).length; }
  get #quota(): coreV1.ResourceQuota { return this.client.stored(resourcequotas, 'ns/q') as coreV1.ResourceQuota; } // nobody deletes it

  /** Something happens, and time goes by. */
  async step(): Promise<void> {
    const acts: readonly [weight: number, act: () => unknown][] = [
      [8, () => { this.#charge(); }], [3, () => this.#withPod(({ metadata }) => this.client.delete(pods, { namespace: 'ns', name: metadata.name }))],
      [2, () => this.#withPod((pod) => { this.client.put({ ...pod, status: { phase: 'Succeeded' } }); })], [1, () => { this.#streams.abort(); this.#streams = new AbortController(); }],
      [0.5, () => this.restart()],
    ];
    let left = this.#rng.next() * acts.reduce((sum, [weight]) => sum + weight, 0);
    await acts.find(([weight]) => (left -= weight) < 0)?.[1]();
    await this.pass(this.#rng.next() < 0.1 ? this.#rng.next() * 2 * SETTLED_MS : this.#rng.next() * 3000);
  }

  /** Lets requests end when their time has come. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.now() + ms;
    for (;;) {
      const [next] = [...this.#requests].filter(({ endsMs }) => endsMs <= untilMs).sort((a, b) => a.endsMs - b.endsMs);
      await this.clock.advance((next?.endsMs ?? untilMs) - this.clock.now());
      if (next === undefined) return;
      this.#requests.delete(next);
      if (next.succeeds) this.client.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: next.name, namespace: 'ns' }, spec: { containers: [{ name: 'c' }] } });
      this.mostPods = Math.max(this.mostPods, this.alive.length);
    }
  }

  async rest(): Promise<void> {
    this.#faults = 0;
    this.#streams.abort(); // what is silent is found out sooner or later
    this.#streams = new AbortController();
    await this.pass(REQUEST_MS + RESYNC_MS + 2 * SETTLED_MS);
  }

  async restart(): Promise<void> {
    this.#controller.abort(); // what it has sent is still under way
    await this.pass(this.#rng.next() * 5000);
    this.start();
  }

  start(): void {
    const stop = new AbortController();
    const { clock } = this;
    const client = this.#faulty();
    const informers = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
    const runtime = { client, clock, informers, logger: silentLogger, metrics: new WorkQueueMetrics(new Registry()) } as unknown as Runtime; // what the controller uses of it
    const controller = new QuotaController(runtime, { isReadInFull: () => true, workers: 2, resyncMs: RESYNC_MS });
    this.#controller = stop;
    this.#ended = Promise.allSettled([informers.run(stop.signal), controller.run(stop.signal)]);
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.pass(LATE_MS);
    await this.#ended;
  }

  /** As the API server: by the newest state, in one step. */
  #charge(): void {
    const quota = this.#quota;
    if (quota.status?.used === undefined || this.used >= HARD) return;
    this.client.put({ ...quota, status: { ...quota.status, used: { pods: String(this.used + 1) } } });
    this.#requests.add({ name: `p${this.#names++}`, endsMs: this.clock.now() + (this.#rng.next() < 0.3 ? this.#rng.next() * REQUEST_MS : this.#rng.next() * 50), succeeds: this.#rng.next() < 0.9 });
  }

  #withPod(act: (pod: coreV1.Pod) => unknown): unknown {
    const pod = this.alive[Math.floor(this.#rng.next() * this.alive.length)];
    return pod === undefined ? undefined : act(pod);
  }

  #faulty(): Client {
    const { client: fake, clock } = this;
    const chance = (): boolean => this.#rng.next() < this.#faults;
    const resource = { resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced', verbs: ['create', 'list', 'delete', 'watch'] };
    const items = [{ metadata: {}, versions: [{ version: 'v1', resources: [resource] }] }];
    return {
      ...fake,
      request: () => Promise.resolve({ status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify({ kind: 'APIGroupDiscoveryList', items })) }),
      watch: (of, options) => this.#broken(fake.watch(of, { ...options, signal: AbortSignal.any([options.signal, this.#streams.signal]) })),
      list: async <T>(of: ResourceRef<T>, options: Parameters<Client['list']>[1]) => {
        if (chance()) throw new TransportError('cut off', { maybeSent: false });
        return fake.list(of, options);
      },
      update: async (of, object, options) => {
        if (chance()) throw new TransportError('lost', { maybeSent: true });
        await clock.sleep(this.#rng.next() * 5);
        const done = await fake.update(of, object, options);
        if (chance()) throw new TransportError('answer lost', { maybeSent: true });
        return done;
      },
    };
  }

  /** A watch that is late now and then. */
  async *#broken<T>(events: AsyncIterable<WatchedEvent<T>>): AsyncGenerator<WatchedEvent<T>, void> {
    for await (const event of events) {
      if (this.#rng.next() < this.#faults / 4) await this.clock.sleep(this.#rng.next() * LATE_MS);
      yield event;
    }
  }
}

test.each(Array.from({ length: 8 }, (_, i) => i + 1))('whatever happens in whatever order (%i), nothing is forgotten that was charged, and all is given back at rest', async (seed) => {
  const namespace = new Namespace(seed);
  namespace.start();
  await namespace.pass(5000);
  for (let step = 0; step < STEPS; step++) {
    await namespace.step();
    expect(namespace.used).toBeGreaterThanOrEqual(namespace.alive.length + namespace.underWay);
  }
  expect(namespace.mostPods).toBeLessThanOrEqual(HARD);
  await namespace.rest();
  expect([namespace.used, namespace.underWay]).toEqual([namespace.alive.length, 0]);
  await namespace.stop();
});

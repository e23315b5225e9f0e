import fc from 'fast-check';
import { batchV1Resources, coreV1Resources, type batchV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { abortError, seededRng, type Rng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createInformerFactory, type Client, type InformerFactory, type WatchedEvent } from '@kubernode/client';
import { runControllers } from '@kubernode/controller';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { jobController } from './job-controller.ts';

const { pods, jobs } = { pods: coreV1Resources.pods, jobs: batchV1Resources.jobs };
const FINALIZER = 'batch.kubernetes.io/job-tracking';

/** How each tracked pod ended, by its uid: what the job has to say in the end. */
interface Truth { succeeded: Set<string>; failed: Set<string> }

interface World { cluster: FakeClient; clock: FakeClock; rng: Rng; truth: Truth }

/** A process with caches of its own that lag behind, and that leads when it is told to. */
class Replica {
  readonly #stop = new AbortController();
  readonly #informers: InformerFactory;
  readonly #world: World;
  readonly #ended: Promise<unknown>[] = [];

  constructor(world: World, lagMs: number) {
    this.#world = world;
    const { clock, rng } = world;
    this.#informers = createInformerFactory({ client: lagging(world, lagMs), clock, rng, logger: silentLogger });
    this.#informers.informer(jobs);
    this.#informers.informer(pods);
    this.#ended.push(this.#informers.run(this.#stop.signal));
  }

  get dead(): boolean { return this.#stop.signal.aborted; }

  /** Leads until its `writesLeft`-th write from now, at which it dies: just before it or, `late`, just after. */
  lead(writesLeft: number, late: boolean): void {
    const { clock, cluster } = this.#world;
    let left = writesLeft;
    const guarded = <A extends unknown[], R>(write: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
      if (this.dead) throw abortError(this.#stop.signal);
      if (left-- > 0) return write(...args);
      if (late) await write(...args).catch(() => undefined); // refused or not, nobody hears of it
      this.#stop.abort();
      throw abortError(this.#stop.signal);
    };
    const client = { ...cluster, create: guarded(cluster.create), update: guarded(cluster.update), patch: guarded(cluster.patch), delete: guarded(cluster.delete) } as Client; // the same generic calls
    const recorder = { event: () => undefined, run: () => Promise.resolve() };
    this.#ended.push(runControllers([jobController()], { client, informers: this.#informers, clock, logger: silentLogger, recorder: () => recorder }, this.#stop.signal));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#world.clock.advance(1);
    await Promise.allSettled(this.#ended);
  }
}

/** Pods are told late; jobs are not: the worst case for counting. */
function lagging({ cluster, clock }: World, lagMs: number): Client {
  async function* late<T>(events: AsyncIterable<WatchedEvent<T>>, signal: AbortSignal): AsyncGenerator<WatchedEvent<T>, void, undefined> {
    for await (const event of events) {
      await clock.sleep(lagMs, { signal });
      yield event;
    }
  }
  return { ...cluster, watch: <T>(resource: ResourceRef<T>, options: Parameters<Client['watch']>[1]) => (resource.resource === 'pods' && lagMs > 0 ? late(cluster.watch(resource, options), options.signal) : cluster.watch(resource, options)) };
}

/** Ends one of the pods that have not ended, in one of the ways pods end. */
async function endOne({ cluster, rng, truth }: World, failChance: number): Promise<void> {
  const running = cluster.all(pods).filter(({ status, metadata }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && metadata.deletionTimestamp === undefined);
  const pod = running[Math.floor(rng.next() * running.length)];
  if (pod === undefined) return;
  const { uid = '', finalizers = [] } = pod.metadata;
  const fails = rng.next() < failChance;
  if (finalizers.includes(FINALIZER)) truth[fails ? 'failed' : 'succeeded'].add(uid);
  if (fails && rng.next() < 0.5) await cluster.delete(pods, { name: pod.metadata.name, namespace: 'ns' });
  else cluster.put({ ...pod, status: { phase: fails ? 'Failed' : 'Succeeded' } });
}

/** What is gone is gone: a pod without finalizers whose deletion was asked for. */
function finalStatus({ cluster }: World): batchV1.JobStatus { return cluster.stored<batchV1.Job>(jobs, 'ns/j')?.status ?? {}; }

function newJob(indexed: boolean): batchV1.Job {
  const labels = { job: 'j' };
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns' },
    spec: {
      parallelism: 3, completions: 6, backoffLimit: 1000, completionMode: indexed ? 'Indexed' : 'NonIndexed', podReplacementPolicy: 'TerminatingOrFailed', selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i' }] } } as unknown as coreV1.PodTemplateSpec, // a template's metadata has no name
    },
  };
}

interface Fate { writes: number; late: boolean; lagMs: number }

/** Lets replicas lead one after the other, each to its death; the last one lives. Returns what the job says and what is true. */
async function play(indexed: boolean, fates: readonly Fate[], seed: number): Promise<{ said: unknown; want: unknown; letGo: boolean }> {
  const clock = createFakeClock(1_000_000_000);
  const world: World = { clock, cluster: createFakeClient([], { now: () => clock.now() }), rng: seededRng(seed), truth: { succeeded: new Set(), failed: new Set() } };
  world.cluster.put(newJob(indexed));
  const replicas = [...fates, { writes: Infinity, late: false, lagMs: 0 }].map(({ lagMs }) => new Replica(world, lagMs));
  await clock.advance(100);
  for (const [i, replica] of replicas.entries()) {
    const { writes, late } = fates[i] ?? { writes: Infinity, late: false };
    replica.lead(writes, late);
    for (let step = 0; step < 300 && !replica.dead && finalStatus(world).completionTime === undefined; step++) {
      await clock.advance(Math.floor(world.rng.next() * 1500));
      if (world.rng.next() < 0.6) await endOne(world, 0.3);
      if (step > 40) await clock.advance(600_000); // past every back-off
    }
  }
  await clock.advance(10_000);
  for (const replica of replicas) await replica.stop();
  const { succeeded, failed = 0, uncountedTerminatedPods, completedIndexes } = finalStatus(world);
  const { truth } = world;
  return {
    letGo: world.cluster.all(pods).every(({ metadata }) => metadata.finalizers?.includes(FINALIZER) !== true),
    said: { succeeded: indexed ? completedIndexes : succeeded, failed, uncounted: uncountedTerminatedPods },
    want: { succeeded: indexed ? '0-5' : truth.succeeded.size, failed: truth.failed.size, uncounted: {} },
  };
}

const fate = fc.record({ writes: fc.nat(9), late: fc.boolean(), lagMs: fc.constantFrom(0, 0, 700, 4000, 30_000) });

test.each([['without', false], ['with', true]])('whoever dies at whichever write, and however old the caches of who takes over, pods of a job %s indexes are counted once', async (_name, indexed) => {
  await fc.assert(fc.asyncProperty(fc.array(fate, { maxLength: 6 }), fc.nat(100_000), async (fates, seed) => {
    const { said, want, letGo } = await play(indexed, fates, seed);
    expect({ said, letGo }).toEqual({ said: want, letGo: true });
  }), { numRuns: 20, seed: 11 });
});

// The agent is killed (SIGKILL) before or after each single thing that it asks of the runtime or the API server, and starts again: whatever
// state the pod is in, it goes on to where it was going, nothing runs twice and nothing is left.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { createFakeCriRuntime, type FakeCriRuntime } from '../cri/fake-cri-runtime.ts';
import { PodWorkers } from './pod-workers.ts';
import { testWorkerDeps } from './test-worker-deps.ts';

type Moment = 'before' | 'after';
const CHANGES = new Set(['runSandbox', 'stopSandbox', 'removeSandbox', 'createContainer', 'startContainer', 'stopContainer', 'removeContainer', 'pullImage', 'patch', 'delete']);
const dir = mkdtempSync(path.join(tmpdir(), 'killed-'));
const NEVER = new Promise<never>(() => undefined);

/** The node's host and the cluster: what outlives the agent. */
interface World { dir: string; runtime: FakeCriRuntime; client: FakeClient; events: string[]; /** All that ever ran. */ agents: PodWorkers[] }

const container = (name: string): coreV1.Container => ({ name, image: `${name}:1`, imagePullPolicy: 'IfNotPresent' });
const POD: coreV1.Pod = {
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' },
  spec: { nodeName: 'n1', initContainers: [container('init'), { ...container('side'), restartPolicy: 'Always' }], containers: [container('main')] },
};

function createWorld(): World {
  const client = createFakeClient();
  client.put(POD);
  return { dir: mkdtempSync(path.join(dir, 'world-')), runtime: createFakeCriRuntime({ clock: systemClock }), client, events: [], agents: [] };
}

/** One process of the agent: it dies at its change number `dieAt`, before that is done or after, and no call of it is heard or answered from then on. */
function startAgent(world: World, { dieAt = Infinity, moment = 'before' }: { dieAt?: number; moment?: Moment } = {}): { workers: PodWorkers; hasDied: () => boolean; stop: () => void } {
  let changes = 0;
  const hasDied = (): boolean => changes >= dieAt;
  const mortal = <T extends object>(of: T): T => new Proxy(of, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || name === 'exits') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        if (hasDied()) return NEVER;
        const call = (): Promise<unknown> => (method as (...given: unknown[]) => Promise<unknown>).apply(target, args); // any method of it
        if (!CHANGES.has(String(name)) || ++changes < dieAt) return call();
        if (moment === 'after') await call();
        return NEVER;
      };
    },
  });
  const runtime: CriRuntime = mortal<CriRuntime>(world.runtime);
  const workers: PodWorkers = new PodWorkers(testWorkerDeps({ ...world, client: mortal<Client>(world.client), runtime, onChange: (uid) => { workers.wake(uid); } }));
  world.agents.push(workers);
  const stopping = new AbortController();
  void workers.run([{ synced: () => Promise.resolve(), onChange: (listener) => { if (!isDeleted(world)) listener({ object: stored(world) }); return { [Symbol.dispose]: () => undefined }; } }], stopping.signal);
  return { workers, hasDied, stop: () => { stopping.abort(); } };
}

const isDeleted = ({ client }: World): boolean => client.writes.some(({ verb }) => verb === 'delete');
const stored = ({ client }: World): coreV1.Pod => client.stored(coreV1Resources.pods, 'ns/p') ?? POD;

/** What runs, by name. The init container's process ends as soon as it is seen. */
async function running(world: World): Promise<readonly string[]> {
  const containers = await world.runtime.listContainers({});
  for (const { id, name, phase } of containers) if (name === 'init' && phase === 'running') exit(world, id, 0);
  return containers.filter(({ phase }) => phase === 'running').map(({ name }) => name).sort();
}

function exit({ runtime, agents }: World, id: string, exitCode: number): void {
  runtime.exit(id, exitCode);
  for (const agent of agents) agent.wake('u'); // as the runtime's events do
}

async function until(world: World, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; !await holds(); i++) {
    if (i > 4000) throw new Error(`in vain: ${JSON.stringify([world.runtime.calls, world.events, stored(world).status])}`);
    await systemClock.sleep(2);
  }
}

async function isRunning(world: World): Promise<boolean> {
  const { phase, containerStatuses = [] } = stored(world).status ?? {};
  return (await running(world)).includes('main') && phase === 'Running' && containerStatuses[0]?.ready === true;
}

async function isGone(world: World): Promise<boolean> {
  return isDeleted(world) && (await world.runtime.listSandboxes({})).length === 0;
}

function deletePod(world: World): void {
  const { metadata, ...pod } = stored(world);
  world.client.put({ ...pod, metadata: { ...metadata, finalizers: ['hold'], deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 1 } });
}

async function failMain(world: World): Promise<void> {
  const [main] = (await world.runtime.listContainers({})).filter(({ name, phase }) => name === 'main' && phase === 'running');
  if (main !== undefined) exit(world, main.id, 1);
}

interface Scenario { name: string; /** Brings the world to where the agent that dies begins. */ arrange: (world: World) => Promise<void>; isReached: (world: World) => Promise<boolean>; /** How often `main` may have been begun anew. */ restartsMax: number }

/** Lets an agent that does not die bring the pod to running. */
async function runPod(world: World): Promise<void> {
  const agent = startAgent(world);
  await until(world, () => isRunning(world));
  agent.stop();
}

const scenarios: readonly Scenario[] = [
  { name: 'pulling, creating the sandbox, init containers, starting', arrange: () => Promise.resolve(), isReached: isRunning, restartsMax: 1 }, // one that was made, and never started, is made again
  { name: 'restarting a container that failed', arrange: async (world) => { await runPod(world); await failMain(world); }, isReached: isRunning, restartsMax: 2 },
  { name: 'terminating', arrange: async (world) => { await runPod(world); deletePod(world); }, isReached: isGone, restartsMax: 0 },
];

// Agents that died are never through with what they wrote.
afterAll(() => rm(dir, { recursive: true, force: true, maxRetries: 10 }));

describe.each(scenarios)('$name', ({ arrange, isReached, restartsMax }) => {
  test.each<Moment>(['before', 'after'])('killed %s each change: the next agent goes on from there', async (moment) => {
    let deaths = 0;
    for (let dieAt = 1, died = true; died; dieAt++) {
      const world = createWorld();
      await arrange(world);
      const doomed = startAgent(world, { dieAt, moment });
      await until(world, async () => doomed.hasDied() || await isReached(world));
      died = doomed.hasDied();
      const next = startAgent(world);
      await until(world, () => isReached(world));
      if (!isDeleted(world)) {
        expect({ dieAt, running: await running(world), sandboxes: (await world.runtime.listSandboxes({})).filter(({ ready }) => ready).length }).toEqual({ dieAt, running: ['main', 'side'], sandboxes: 1 });
        expect(stored(world).status?.containerStatuses?.[0]?.restartCount).toBeLessThanOrEqual(restartsMax);
      }
      if (died) deaths++;
      doomed.stop();
      next.stop();
    }
    expect(deaths).toBeGreaterThanOrEqual(4); // changes at which it died
  }, 60_000);
});

import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import { createFakeCriRuntime, type FakeCriRuntime } from '../cri/fake-cri-runtime.ts';
import { PodWorker, type PodWorkerDeps } from './pod-worker.ts';
import { testWorkerDeps } from './test-worker-deps.ts';

let dir: string;
let runtime: FakeCriRuntime;
let client: FakeClient;
let events: string[];
let stop: AbortController;
let runs: Promise<void>[];
let refusal: { reason: string; message: string } | undefined;
let notes: string[];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'worker-'));
  runtime = createFakeCriRuntime({ clock: systemClock, images: ['i:1'] });
  client = createFakeClient();
  events = [];
  notes = [];
  refusal = undefined;
  stop = new AbortController();
  runs = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.allSettled(runs);
  // A record that is being written outlives the worker by a moment.
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

function start(spec: Partial<coreV1.PodSpec>, deps: Partial<PodWorkerDeps> = {}): { worker: PodWorker; done: Promise<void> } {
  client.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i:1', imagePullPolicy: 'IfNotPresent' }], ...spec } });
  const worker: PodWorker = new PodWorker({ ...testWorkerDeps({ dir, client, runtime, events, onCgroup: (what) => { notes.push(what); }, admit: () => refusal, onChange: () => { worker.wake(); } }), ...deps }, { pod: stored() });
  const done = worker.run(stop.signal);
  runs.push(done);
  return { worker, done };
}

function stored(): coreV1.Pod {
  const pod = client.stored(coreV1Resources.pods, 'ns/p');
  if (pod === undefined) throw new Error('the pod is gone');
  return pod;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 900) throw new Error(`in vain: ${JSON.stringify([runtime.calls, events, client.stored(coreV1Resources.pods, 'ns/p')?.status])}`);
    await systemClock.sleep(5);
  }
}

const phase = (): string | undefined => client.stored(coreV1Resources.pods, 'ns/p')?.status?.phase;

test('PodWorker: makes sandbox and container, tells the status and what happened', async () => {
  start({});
  await until(() => phase() === 'Running');
  expect(runtime.calls).toEqual(['runSandbox p', 'createContainer c', 'startContainer c']);
  expect(events).toEqual(['Pulled: Container image "i:1" already present on machine and can be accessed by the pod', 'Created: Container created', 'Started: Container started']);
});

test('PodWorker: an end restarts once, then backs off', async () => {
  const { worker } = start({});
  for (const id of ['container-1', 'container-2']) {
    await until(() => worker.state.containers.some((one) => one.id === id && one.phase === 'running'));
    runtime.exit(id, 1);
    worker.wake();
  }
  await until(() => worker.status.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff');
  expect(runtime.calls.filter((call) => call.startsWith('startContainer'))).toHaveLength(2);
  expect(events.at(-1)).toBe('BackOff: Back-off restarting failed container c in pod p_ns(u)');
});

test('PodWorker: a deletion ends containers with their grace period, deletes the object and clears away', async () => {
  const { worker, done } = start({});
  await until(() => phase() === 'Running');
  const pod = stored();
  client.put({ ...pod, metadata: { ...pod.metadata, finalizers: ['hold'], deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 7 } });
  worker.update(stored());
  await done;
  expect(runtime.calls.slice(3)).toEqual(['stopContainer c 7', 'stopSandbox p', 'removeSandbox p']);
  expect(client.writes.at(-1)).toMatchObject({ verb: 'delete', resource: 'pods', key: 'ns/p' });
  expect(phase()).toBe('Succeeded');
});

test('PodWorker: a pod that runs already is adopted', async () => {
  const first = start({});
  await until(() => phase() === 'Running');
  stop.abort();
  await first.done;
  stop = new AbortController();
  const { worker } = start({});
  await until(() => worker.status.containerStatuses?.[0]?.ready === true);
  expect(runtime.calls).toHaveLength(3);
});

test('PodWorker: a sandbox that cannot be made is told and tried again', async () => {
  let failures = 1;
  runtime.onCall = (method) => { if (method === 'runSandbox' && failures-- > 0) throw new Error('no network'); };
  start({});
  await until(() => events.length > 0);
  expect(events[0]).toBe('FailedCreatePodSandBox: Failed to create pod sandbox: no network');
  await until(() => phase() === 'Running');
}, 10_000);

test('PodWorker: a pod whose containers ended for good succeeds, and its sandbox is stopped', async () => {
  const { worker } = start({ restartPolicy: 'Never' });
  await until(() => phase() === 'Running');
  runtime.exit('container-1', 0);
  worker.wake();
  await until(() => phase() === 'Succeeded');
  expect(runtime.calls.slice(3)).toEqual(['stopSandbox p']);
});

test('PodWorker: a pod that the node has no room for fails at once, and nothing of it is made', async () => {
  refusal = { reason: 'OutOfcpu', message: "Node didn't have enough resource: cpu, requested: 4000, used: 0, capacity: 2000" };
  start({});
  await until(() => phase() === 'Failed');
  expect(stored().status).toMatchObject({ reason: 'OutOfcpu', message: `Pod was rejected: ${refusal.message}` });
  expect([runtime.calls, events]).toEqual([[], [`OutOfcpu: ${refusal.message}`]]);
});

test('PodWorker: a pod that the node ends lets go of its volumes also while the API servers are away, and is told of afterwards', async () => {
  let unmounted = false;
  const { worker } = start({}, { volumes: { mount: () => Promise.resolve(new Map()), unmountAll: () => { unmounted = true; return Promise.resolve(); } } });
  await until(() => phase() === 'Running');
  client.onWrite = () => { throw new Error('no server answers'); };
  worker.end({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage. ' }, { graceSeconds: 1 });
  await until(() => unmounted);
  expect([runtime.calls.slice(3), phase()]).toEqual([['stopContainer c 1', 'stopSandbox p'], 'Running']);
  client.onWrite = undefined;
  await until(() => phase() === 'Failed');
  expect(stored().status).toMatchObject({ reason: 'Evicted', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] });
}, 10_000);

const cpu = (amount: string): coreV1.ResourceRequirements => ({ requests: { cpu: amount }, limits: { cpu: amount } });
const sized = (amount: string): Partial<coreV1.PodSpec> => ({ containers: [{ name: 'c', image: 'i:1', imagePullPolicy: 'IfNotPresent', resources: cpu(amount) }] });

test('PodWorker: a change of resources reaches the running container, and conditions tell', async () => {
  const { worker } = start(sized('100m'));
  await until(() => phase() === 'Running');
  const pod = stored();
  client.put({ ...pod, metadata: { ...pod.metadata, generation: 2 }, spec: { ...pod.spec, ...sized('200m') } });
  worker.update(stored());
  await until(() => events.some((one) => one.startsWith('ResizeCompleted')));
  await until(() => stored().status?.containerStatuses?.[0]?.resources?.limits?.['cpu'] === '200m');
  expect(runtime.calls.slice(3)).toEqual(['updateContainer c']);
  expect(events.filter((one) => one.startsWith('Resize')).map((one) => one.split(':')[0])).toEqual(['ResizeStarted', 'ResizeCompleted']);
  expect(stored().status).toMatchObject({ observedGeneration: 2, containerStatuses: [{ restartCount: 0, allocatedResources: { cpu: '200m' } }] });
  expect(stored().status?.conditions?.some(({ type }) => type.startsWith('PodResize'))).toBe(false);
});

test('PodWorker: a change that does not fit waits; the pod keeps what it has', async () => {
  const { worker } = start(sized('100m'));
  await until(() => phase() === 'Running');
  refusal = { reason: 'OutOfcpu', message: 'too little' };
  const pod = stored();
  client.put({ ...pod, metadata: { ...pod.metadata, generation: 2 }, spec: { ...pod.spec, ...sized('5') } });
  worker.update(stored());
  await until(() => stored().status?.conditions?.some(({ type }) => type === 'PodResizePending') === true);
  expect(stored().status?.conditions?.find(({ type }) => type === 'PodResizePending')).toMatchObject({ status: 'True', reason: 'Deferred', message: 'too little', observedGeneration: 2 });
  expect(stored().status?.containerStatuses).toMatchObject([{ allocatedResources: { cpu: '100m' } }]);
});

test('PodWorker: asks the runtime for what it has of a pod first, but not for a new pod', async () => {
  const firstCall = async (isNew: boolean): Promise<string | undefined> => {
    client.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: `u-${isNew}` }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i:1' }] } });
    const asked: string[] = [];
    const watched = { ...runtime, listSandboxes: (...args: Parameters<FakeCriRuntime['listSandboxes']>) => { asked.push('list'); return runtime.listSandboxes(...args); }, runSandbox: (...args: Parameters<FakeCriRuntime['runSandbox']>) => { asked.push('run'); return runtime.runSandbox(...args); } };
    const worker: PodWorker = new PodWorker(testWorkerDeps({ dir, client, runtime: watched, events }), { pod: stored(), isNew });
    runs.push(worker.run(stop.signal));
    await until(() => asked.includes('run'));
    return asked[0];
  };
  expect([await firstCall(false), await firstCall(true)]).toEqual(['list', 'run']);
});

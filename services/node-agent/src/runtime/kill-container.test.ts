import type { coreV1 } from '@kubernode/api';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { createFakeCriRuntime } from '../cri/fake-cri-runtime.ts';
import { annotationKeys } from '../cri/labels.ts';
import type { Pod } from '../pod/pod-facts.ts';
import { killContainer, type KillDeps, killPodContainers, type KillRequest } from './kill-container.ts';
import { aContainer, aPod, aSandbox } from './test-states.ts';

let clock: FakeClock;
let told: string[];
beforeEach(() => { clock = createFakeClock(); told = []; });

/** `runs` says how many seconds a container takes to end after it was told to. */
function deps(runs: Readonly<Record<string, number>> = {}): KillDeps {
  const runtime: CriRuntime = {
    ...createFakeCriRuntime({ clock }),
    async stopContainer(id, graceSeconds) {
      told.push(`${clock.now() / 1000}s stop ${id} ${graceSeconds}`);
      await clock.sleep(Math.min(graceSeconds, runs[id] ?? 0) * 1000);
      told.push(`${clock.now() / 1000}s end ${id}`);
    },
  };
  const note = (_pod: Pod, reason: string, message: string): void => { if (reason !== 'Killing') told.push(`${reason} ${message}`); };
  const events = { normal: note, warning: note };
  return { runtime, events, clock, logger: silentLogger, config: { hostIp: '192.0.2.1' }, hooks: { runtime, clock, events, http: () => Promise.reject(new Error('nobody there')) } };
}

const sleeps = (seconds: number): coreV1.Lifecycle => ({ preStop: { sleep: { seconds } } });
const withGrace = (seconds: number, container: Partial<coreV1.Container> = {}): Pod => aPod({ terminationGracePeriodSeconds: seconds, containers: [{ name: 'c', image: 'i', ...container }] });
const deleted = (pod: Pod, seconds: number): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'now', deletionGracePeriodSeconds: seconds } });
const liveness = { livenessProbe: { terminationGracePeriodSeconds: 3 } };

const cases: [string, Partial<KillRequest> & { pod: Pod }, string[]][] = [
  ['the pod\'s grace', { pod: withGrace(30) }, ['0s stop id-c 30']],
  ['the deletion\'s grace wins', { pod: deleted(withGrace(30), 7) }, ['0s stop id-c 7']],
  ['a grace of a second is a second', { pod: deleted(withGrace(30), 1) }, ['0s stop id-c 1']],
  ['a handler takes from it', { pod: withGrace(30, { lifecycle: sleeps(10) }) }, ['10s stop id-c 20']],
  ['a handler that takes all leaves two seconds', { pod: withGrace(5, { lifecycle: sleeps(60) }) }, ['5s stop id-c 2']],
  ['without grace no handler runs', { pod: deleted(withGrace(30, { lifecycle: sleeps(10) }), 0) }, ['0s stop id-c 0']],
  ['a handler that fails is told without the reason', { pod: withGrace(30, { lifecycle: { preStop: { httpGet: { port: 80 } } } }) }, ['FailedPreStopHook PreStopHook failed', '0s stop id-c 30']],
  ['a probe\'s own grace', { pod: withGrace(30, liveness), reason: 'liveness' }, ['0s stop id-c 3']],
  ['not when another probe killed', { pod: withGrace(30, liveness), reason: 'startup' }, ['0s stop id-c 30']],
  ['not when the pod ends', { pod: deleted(withGrace(30, liveness), 9), reason: 'liveness' }, ['0s stop id-c 9']],
  ['an orphan ends soon, its handler being known from its annotations', {
    pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' } },
    container: aContainer({ annotations: { [annotationKeys.preStopHandler]: JSON.stringify({ exec: { command: ['false'] } }) } }),
  }, ['FailedPreStopHook PreStopHook failed', '0s stop id-c 1']],
];
test.each(cases)('killContainer: %s', async (_what, request, want) => {
  const container = request.container ?? aContainer();
  const done = killContainer(deps(), { state: { sandboxes: [], containers: [container] }, container, ...request });
  await clock.advance(100_000);
  await done;
  expect(told.filter((one) => !one.includes(' end '))).toEqual(want);
});

const sidecar = (name: string, lifecycle?: coreV1.Lifecycle): coreV1.Container => ({ name, image: 'i', restartPolicy: 'Always', ...(lifecycle && { lifecycle }) });
const names = ['c', 'd', 's1', 's2'];
const state = { sandboxes: [aSandbox()], containers: names.map((name) => aContainer({ name })) };
const several = (seconds: number): Pod => aPod({ terminationGracePeriodSeconds: seconds, initContainers: [sidecar('s1', sleeps(1)), { name: 'i', image: 'i' }, sidecar('s2')], containers: ['c', 'd'].map((name) => ({ name, image: 'i' })) });

test('killPodContainers: main ones together, then sidecars, the last first, all within one grace period', async () => {
  const done = killPodContainers(deps({ 'id-c': 2, 'id-d': 4, 'id-s2': 3 }), { pod: several(30), state });
  await clock.advance(100_000);
  await done;
  expect(told).toEqual(['0s stop id-c 30', '0s stop id-d 30', '2s end id-c', '4s end id-d', '4s stop id-s2 26', '7s end id-s2', '7s stop id-s1 23', '7s end id-s1']);
});

test('killPodContainers: when the time is over nobody waits for others any more', async () => {
  const done = killPodContainers(deps({ 'id-c': 99 }), { pod: several(5), state });
  await clock.advance(100_000);
  await done;
  expect(told.filter((one) => one.includes('stop'))).toEqual(['0s stop id-c 5', '0s stop id-d 5', '5s stop id-s2 2', '5s stop id-s1 2']);
});

test('killPodContainers: a shorter grace that comes later is passed on', async () => {
  const hurry = new AbortController();
  const done = killPodContainers(deps({ 'id-c': 99 }), { pod: withGrace(60), state: { sandboxes: [], containers: [aContainer()] }, hurry: { signal: hurry.signal, graceSeconds: () => 1 } });
  await clock.advance(10_000);
  hurry.abort();
  await clock.advance(100_000);
  await done;
  expect(told.filter((one) => one.includes('stop'))).toEqual(['0s stop id-c 60', '10s stop id-c 1']);
});

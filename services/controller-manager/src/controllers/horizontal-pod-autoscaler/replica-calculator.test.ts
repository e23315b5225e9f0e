import type { coreV1 } from '@kubernode/api';
import type { PodUsages } from './pod-usage.ts';
import { replicasForAverage, replicasForUtilization, replicasForValue, replicasForValuePerPod, totalOf, type Proposal, type Situation } from './replica-calculator.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

interface PodFacts { ready?: boolean; phase?: string; going?: boolean; startedAgo?: number; since?: number; request?: string | null; sidecarRequest?: string; podRequest?: string }

function podsOf(facts: readonly PodFacts[]): coreV1.Pod[] {
  return facts.map(({ ready = true, phase = 'Running', going = false, startedAgo = 3600, since = 3500, request = '1', sidecarRequest, podRequest }, i) => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, ...(going && { deletionTimestamp: at(1) }) },
    spec: {
      containers: [{ name: 'main', ...(request !== null && { resources: { requests: { cpu: request } } }) }],
      ...(sidecarRequest !== undefined && { initContainers: [{ name: 'init' }, { name: 'side', restartPolicy: 'Always', resources: { requests: { cpu: sidecarRequest } } }] }),
      ...(podRequest !== undefined && { resources: { requests: { cpu: podRequest } } }),
    },
    status: { phase, startTime: at(startedAgo), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: at(since) }] },
  }));
}

/** Samples of p0, p1, …; undefined for a pod without one. */
function usagesOf(levels: readonly (number | undefined)[]): PodUsages {
  return new Map(levels.flatMap((milli, i) => (milli === undefined ? [] : [[`p${i}`, { milli, atMs: NOW, windowMs: 60_000 }] as const])));
}

function situation(pods: readonly coreV1.Pod[], specReplicas: number = pods.length, { up = 0.1, down = 0.1, statusReplicas = specReplicas }: { up?: number; down?: number; statusReplicas?: number } = {}): Situation {
  return { pods, specReplicas, statusReplicas, tolerances: { up, down }, readiness: { cpuInitializationMs: 120_000, initialDelayMs: 10_000, nowMs: NOW } };
}

const READY: PodFacts = {};
const HOT: PodFacts = { startedAgo: 60, since: 30 }; // its window began before it was ready
const NEVER_READY: PodFacts = { ready: false, startedAgo: 600, since: 595 };
const UNREADY_LATER: PodFacts = { ready: false, startedAgo: 600, since: 300 };

// Cases of Kubernetes' replica_calculator_test.go: pods, samples, target %, replicas wanted, utilization told.
test.each<[string, PodFacts[], (number | undefined)[], number, number, number]>([
  ['up', [READY, READY, READY], [300, 500, 700], 30, 5, 50],
  ['up, but less for one that was never ready', [NEVER_READY, READY, READY], [300, 500, 700], 30, 4, 60],
  ['up, but less for one that is hot', [HOT, READY, READY], [300, 500, 700], 30, 4, 60],
  ['not, for the unready would turn it', [READY, NEVER_READY, NEVER_READY], [400, 500, 700], 30, 3, 40],
  ['up for those that fail no more', [READY, READY, { phase: 'Failed' }, { phase: 'Failed' }], [500, 700], 30, 4, 60],
  ['up without those that go', [READY, READY, { going: true }, { going: true }], [500, 700, 900, 900], 30, 4, 60],
  ['down', [READY, READY, READY, READY, READY], [100, 300, 500, 250, 250], 50, 3, 28],
  ['down with one that became unready later', [UNREADY_LATER, READY, READY, READY, READY], [100, 300, 500, 250, 250], 50, 3, 28],
  ['down without the hot', [HOT, READY, READY, READY, READY], [100, 300, 500, 250, 250], 50, 3, 32],
  ['within tolerance', [READY, READY, READY], [1010, 1030, 1020], 100, 3, 102],
  ['a missing sample, all of it assumed: within tolerance', [READY, READY, READY, READY], [400, undefined, 400, 400], 50, 4, 40],
  ['a missing sample on the way up: nothing assumed', [READY, READY, READY, READY], [2000, 2000, 2000], 100, 6, 200],
  ['a missing sample turns the way: nothing is done', [READY, READY], [undefined, 1000], 100, 2, 100],
  ['pending pods count as unready', [READY, READY, { phase: 'Pending' }], [2000, 2000, undefined], 100, 4, 200],
  ['samples of nobody do not count', [READY, READY], [2000, 2000, 9000, 9000], 100, 4, 200],
])('a share of requests scales: %s', (_name, facts, levels, target, replicas, utilization) => {
  const pods = podsOf(facts);
  const alive = facts.filter(({ phase, going }) => phase !== 'Failed' && going !== true).length;
  const found = replicasForUtilization(usagesOf(levels), situation(pods, alive), { resource: 'cpu', container: '', target });
  expect({ replicas: found.replicas, utilization: found.utilization }).toEqual({ replicas, utilization });
});

test.each<[string, PodFacts[], (number | undefined)[], string, string]>([
  ['no pods', [], [100], '', 'no pods returned by selector while calculating replica count'],
  ['no samples of these', [NEVER_READY], [100], '', 'did not receive metrics for targeted pods (pods might be unready)'],
  ['no request', [{ request: null }], [100], '', 'missing request for cpu in container main of Pod p0'],
  ['no such container', [READY], [100], 'other', 'container other not found in Pod p0'],
  ['requests of nothing', [{ request: '0' }], [100], '', 'no metrics returned matched known pods'],
])('a share of requests cannot be told with %s', (_name, facts, levels, container, want) => {
  expect(() => replicasForUtilization(usagesOf(levels), situation(podsOf(facts)), { resource: 'cpu', container, target: 50 })).toThrow(want);
});

test.each<[string, PodFacts, string, number]>([
  ['containers and sidecars', { sidecarRequest: '500m' }, '', 66], ['one container', { sidecarRequest: '500m' }, 'side', 200], ['the pod\'s own', { podRequest: '2' }, '', 50], ['a container although the pod has its own', { podRequest: '2' }, 'main', 100],
])('requests are those of %s', (_name, facts, container, utilization) => {
  expect(replicasForUtilization(usagesOf([1000]), situation(podsOf([facts])), { resource: 'cpu', container, target: 100 }).utilization).toBe(utilization);
});

test.each<[string, PodFacts[], (number | undefined)[], number, Proposal]>([
  ['up', [READY, READY, READY], [20_000, 10_000, 30_000], 15_000, { replicas: 4, usage: 20_000 }],
  ['up, unready or not: only CPU samples are in doubt', [NEVER_READY, HOT, READY], [50_000, 10_000, 30_000], 15_000, { replicas: 6, usage: 30_000 }],
  ['down', [READY, READY, READY, READY, READY], [12_000, 12_000, 12_000, 12_000, 12_000], 20_000, { replicas: 3, usage: 12_000 }],
  ['a missing sample on the way down: the target assumed', [READY, READY], [500, undefined], 1000, { replicas: 2, usage: 500 }],
  ['within tolerance', [READY, READY], [1050, 1050], 1000, { replicas: 2, usage: 1050 }],
])('an average scales: %s', (_name, facts, levels, target, want) => {
  expect(replicasForAverage(usagesOf(levels), situation(podsOf(facts)), { resource: 'qps', target })).toEqual(want);
});

test.each<[string, number, PodFacts[], number, number, Proposal]>([
  ['up for those that are ready', 20_000, [READY, READY, READY], 3, 15_000, { replicas: 4, usage: 20_000 }],
  ['up, but from the ready alone', 20_000, [READY, READY, NEVER_READY], 3, 10_000, { replicas: 4, usage: 20_000 }],
  ['within tolerance', 20_000, [READY], 4, 19_000, { replicas: 4, usage: 20_000 }],
  ['from zero, without tolerance', 10, [], 0, 1000, { replicas: 1, usage: 10 }],
  ['not beyond 32 bits', 1e15, [READY], 1, 1, { replicas: 2_147_483_647, usage: 1e15 }],
])('one value for all scales: %s', (_name, value, facts, spec, target, want) => {
  expect(replicasForValue(value, situation(podsOf(facts), spec), target)).toEqual(want);
});

test.each<[string, number, number, number, Proposal]>([
  ['up', 20_000, 3, 5000, { replicas: 4, usage: 6667 }], ['down', 8600, 5, 4300, { replicas: 2, usage: 1720 }], ['within tolerance', 20_666, 4, 5000, { replicas: 4, usage: 5167 }],
])('one value, so much for each pod, scales: %s', (_name, value, replicas, target, want) => {
  expect(replicasForValuePerPod(value, situation([], replicas), target)).toEqual(want);
});

test('tolerance can differ by direction', () => {
  const found = (level: number): number => replicasForAverage(usagesOf([level]), situation(podsOf([READY]), 1, { up: 0.5, down: 0 }), { resource: 'qps', target: 100 }).replicas;
  expect([found(140), found(160)]).toEqual([1, 2]);
  const down = replicasForAverage(usagesOf([99, 99, 99]), situation(podsOf([READY, READY, READY]), 4, { up: 0.5, down: 0 }), { resource: 'qps', target: 100 });
  expect(down.replicas).toBe(3);
});

test('values of external metrics add up, to 64 bits at most', () => {
  expect([totalOf([1, 2, 3]), totalOf([9e18, 9e18])]).toEqual([6, Number(2n ** 63n - 1n)]);
});

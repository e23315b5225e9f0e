import type { coreV1 } from '@kubernode/api';
import { containerResources } from '../pod/container-resources.ts';
import { aPod } from '../runtime/test-states.ts';
import { cpuWeight } from './cgroup-files.ts';
import { burstableShares, podCgroup } from './compute-pod-cgroup.ts';

const r = (requests: Record<string, string>, limits: Record<string, string> = {}): coreV1.ResourceRequirements => ({ requests, limits });
const of = (resources: coreV1.ResourceRequirements[], spec: Partial<coreV1.PodSpec> = {}) => aPod({ containers: resources.map((one, i) => ({ name: `c${i}`, resources: one })), ...spec });
const MI = 2 ** 20;

const cases: [string, ReturnType<typeof aPod>, object][] = [
  ['best effort', of([{}]), { cpuShares: 2, pidsMax: 100 }],
  ['guaranteed', of([r({ cpu: '500m', memory: '64Mi' }, { cpu: '500m', memory: '64Mi' })]), { cpuShares: 512, cpuQuotaUs: 50_000, cpuPeriodUs: 100_000, memoryBytes: 64 * MI, pidsMax: 100 }],
  ['burstable without limits for all: no limit of the pod', of([r({ cpu: '250m' }, { cpu: '1', memory: '64Mi' }), r({ cpu: '250m' }, { cpu: '1' })]), { cpuShares: 512, cpuQuotaUs: 200_000, cpuPeriodUs: 100_000, pidsMax: 100 }],
  ['limits of the pod as a whole', of([{}], { resources: r({ cpu: '1' }, { cpu: '2', memory: '1Gi' }) }), { cpuShares: 1024, cpuQuotaUs: 200_000, cpuPeriodUs: 100_000, memoryBytes: 1024 * MI, pidsMax: 100 }],
  ['what the sandbox costs comes on top', of([r({ cpu: '1', memory: '64Mi' }, { cpu: '1', memory: '64Mi' })], { overhead: { cpu: '500m', memory: '16Mi' } }), { cpuShares: 1536, cpuQuotaUs: 150_000, cpuPeriodUs: 100_000, memoryBytes: 80 * MI, pidsMax: 100 }],
];
test.each(cases)('podCgroup: %s', (_what, pod, want) => { expect(podCgroup(pod, { pidsMax: 100 })).toEqual(want); });

test('burstableShares: all that burstable pods ask for', () => {
  expect(burstableShares([of([r({ cpu: '1' })]), of([r({ cpu: '500m' })]), of([{}]), of([r({ cpu: '9', memory: '1Gi' }, { cpu: '9', memory: '1Gi' })])])).toBe(1536);
});

test.each([[2, 1], [1024, 39], [262_144, 10_000]])('cpuWeight: %d shares weigh %d', (shares, weight) => { expect(cpuWeight(shares)).toBe(weight); });

const node = { memoryBytes: 1000 * MI, hugepageSizes: ['2MB'] };
const oom = (pod: ReturnType<typeof aPod>, index = 0, init = false): unknown => containerResources(pod, (init ? pod.spec?.initContainers : pod.spec?.containers)?.[index] ?? { name: '' }, node).oomScoreAdj;
test('containerResources: who is killed first without memory', () => {
  const burstable = of([r({ memory: '100Mi' })]);
  const served = aPod({ initContainers: [{ name: 's', restartPolicy: 'Always', resources: r({ memory: '1Mi' }) }], containers: [{ name: 'c', resources: r({ memory: '500Mi' }) }] });
  expect([oom(of([{}])), oom(of([r({ cpu: '1', memory: '1Mi' }, { cpu: '1', memory: '1Mi' })])), oom(burstable), oom(of([r({ memory: '2000Mi' })])), oom(of([r({ cpu: '1' })])), oom(served, 0, true)])
    .toEqual([1000, -997, 900, 3, 999, 500]);
  expect(oom(of([{}], { priorityClassName: 'system-node-critical' }))).toBe(-997);
  expect(oom(of([{}], { resources: r({ memory: '200Mi' }) }))).toBe(800);
});

test('containerResources: what a container has no limit for its pod may have; huge pages are by size', () => {
  const pod = of([r({ cpu: '100m' }, { 'hugepages-2Mi': '4Mi' })], { resources: r({}, { cpu: '2', memory: '1Gi' }) });
  expect(containerResources(pod, pod.spec?.containers[0] ?? { name: '' }, node)).toMatchObject({ cpuShares: 102, cpuQuota: 200_000, memoryLimitInBytes: 1024 * MI, hugepageLimits: [{ pageSize: '2MB', limit: 4 * MI }] });
});

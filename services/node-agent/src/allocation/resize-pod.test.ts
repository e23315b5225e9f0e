import type { coreV1 } from '@kubernode/api';
import { aContainer, aPod, aSandbox } from '../runtime/test-states.ts';
import type { Pod } from '../pod/pod-facts.ts';
import { computeResize, isResizing, needsRestartToResize } from './compute-resize.ts';
import { resizePod } from './resize-pod.ts';

type Resources = coreV1.ResourceRequirements;
const MI = 2 ** 20;
const both = (cpu: string, memory: string): Resources => ({ requests: { cpu, memory }, limits: { cpu, memory } });
const state = { sandboxes: [aSandbox()], containers: [aContainer({ name: 'c' }), aContainer({ name: 'd' })] };
const podWith = (c: Resources, d: Resources = both('100m', '64Mi'), spec: Partial<coreV1.PodSpec> = {}): Pod =>
  aPod({ containers: [{ name: 'c', image: 'i', resources: c }, { name: 'd', image: 'i', resources: d }], ...spec });

/** What is done, in order, and what is known to have been given in the end. */
async function resized(pod: Pod, had: Record<string, Resources>, usedMi = 10): Promise<{ did: string[]; has: Record<string, Resources>; error?: string }> {
  const did: string[] = [];
  const has = { ...had };
  const get = (container = 'pod'): Resources | undefined => has[container];
  const deps = {
    runtime: {
      updateContainer(id: string, { memoryLimitInBytes, cpuQuota }: { memoryLimitInBytes?: number; cpuQuota?: number }): Promise<void> {
        did.push(`${id} ${(memoryLimitInBytes ?? 0) / MI}Mi ${(cpuQuota ?? 0) / 100}m`);
        return Promise.resolve();
      },
      usage: () => Promise.resolve(state.containers.map(({ id }) => ({ containerId: id, memoryBytes: usedMi * MI }))),
    },
    cgroups: {
      set(_pod: Pod, { memoryBytes, cpuQuotaUs }: { memoryBytes?: number | undefined; cpuQuotaUs?: number | undefined }): Promise<void> {
        did.push(`pod${memoryBytes === undefined ? '' : ` ${memoryBytes / MI}Mi`}${cpuQuotaUs === undefined ? '' : ` ${cpuQuotaUs / 100}m`}`);
        return Promise.resolve();
      },
      memoryUsage: () => Promise.resolve(2 * usedMi * MI),
    },
    node: { memoryBytes: 2 ** 33, hugepageSizes: [] },
    actuated: { get: (_uid: string, container?: string) => get(container), set(_uid: string, container: string, resources: Resources): void { has[container] = resources; }, setPod(_uid: string, resources: Resources): void { has['pod'] = resources; } },
  } as unknown as Parameters<typeof resizePod>[0]; // the runtime's answers are longer
  const error = await resizePod(deps, pod, computeResize(pod, state, get)).then(() => undefined, (failure: Error) => failure.message);
  expect(isResizing(pod, state, get)).toBe(error !== undefined);
  return { did, has, ...(error !== undefined && { error }) };
}

const had = { c: both('100m', '64Mi'), d: both('100m', '64Mi') };
const cases: [string, Pod, Record<string, Resources>, string[]][] = [
  ['nothing differs', podWith(both('100m', '64Mi')), had, []],
  ['the same amounts in other words', podWith(both('0.1', '65536Ki')), had, []],
  ['more: the pod grows before its container', podWith(both('200m', '128Mi')), had, ['pod 192Mi', 'id-c 128Mi 100m', 'pod 300m', 'id-c 128Mi 200m']],
  ['less: the pod shrinks after it', podWith(both('50m', '32Mi')), had, ['id-c 32Mi 100m', 'pod 96Mi', 'id-c 32Mi 50m', 'pod 150m']],
  ['from one to the other: what is given back comes first', podWith(both('150m', '64Mi'), both('50m', '64Mi')), had, ['id-d 64Mi 50m', 'id-c 64Mi 150m']],
  ['what nobody knows of is as wanted', podWith(both('200m', '64Mi')), {}, []],
  ['the pod\'s own limits alone', podWith(had.c, had.d, { resources: both('1', '512Mi') }), { ...had, pod: both('500m', '256Mi') }, ['pod 512Mi', 'pod 1000m']],
];
test.each(cases)('resizePod: %s', async (_what, pod, before, want) => {
  const { did, has } = await resized(pod, before);
  expect(did.map((one) => one.replace(/^pod$/, ''))).toEqual(want);
  if (pod.spec?.resources) expect(has['pod']).toEqual(pod.spec.resources);
});

test('resizePod: no limit goes below what is in use', async () => {
  const { did, error } = await resized(podWith(both('100m', '32Mi')), had, 50);
  expect(did).toEqual([]);
  expect(error).toBe(`cannot decrease memory limits: [attempting to set pod memory limit (${96 * MI}) below current usage (${100 * MI}), attempting to set container "c" memory limit (${32 * MI}) below current usage (${50 * MI})]`);
});

test('needsRestartToResize: only for a resource that wants it, and only when it differs', () => {
  const container = { name: 'c', image: 'i', resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }, { resourceName: 'cpu', restartPolicy: 'NotRequired' }] };
  const needs = (resources: Resources): boolean => needsRestartToResize({ ...container, resources }, () => had.c);
  expect([both('100m', '64Mi'), both('200m', '64Mi'), both('100m', '65Mi')].map(needs)).toEqual([false, false, true]);
});

import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { leftoversOf, podGraceSeconds, Tally } from './leftovers.ts';

const pod = (phase: string, seconds?: number): coreV1.Pod => ({ status: { phase }, spec: { terminationGracePeriodSeconds: seconds } } as unknown as coreV1.Pod); // nothing else is read

describe('podGraceSeconds', () => {
  const deleted = '2026-01-01T00:00:00Z';
  const nowMs = Date.parse(deleted);
  test.each<[string, coreV1.Pod[], number, number]>([
    ['no pods', [], 0, 0],
    ['the longest of those that run', [pod('Running', 5), pod('Pending', 30), pod('Succeeded', 60), pod('Failed', 60)], 1, 30],
    ['no grace at all', [pod('Running', 0)], 0, 0],
    ['grace that has passed since', [pod('Running', 30)], 30, 0],
  ])('%s', (_title, pods, laterSeconds, want) => { expect(podGraceSeconds(pods, deleted, nowMs + laterSeconds * 1000)).toBe(want); });
});

describe('leftoversOf', () => {
  const { configmaps } = coreV1Resources;
  const held = { name: 'a', finalizers: ['x/y', 'z'] };
  test.each<[string, Parameters<typeof leftoversOf>[2], number, object]>([
    ['nothing', [], 30, { estimateSeconds: 0, instances: 0, finalizers: new Map() }],
    ['pods with grace', [{ name: 'a' }], 30, { estimateSeconds: 30, instances: 1, finalizers: new Map() }],
    ['what finalizers hold', [held, { name: 'b', finalizers: ['z'] }], 0, { estimateSeconds: 15, instances: 2, finalizers: new Map([['x/y', 1], ['z', 2]]) }],
    ['what should be gone', [{ name: 'a' }], 0, { estimateSeconds: 0, instances: 1, finalizers: new Map(), failure: 'unexpected items still remain in namespace: ns for gvr: /v1, Resource=configmaps' }],
  ])('%s', (_title, left, grace, want) => { expect(leftoversOf(configmaps, 'ns', left, grace)).toEqual(want); });

  test('a tally counts all of them', () => {
    const tally = new Tally();
    tally.add(configmaps, leftoversOf(configmaps, 'ns', [held], 0));
    tally.add(coreV1Resources.pods, leftoversOf(coreV1Resources.pods, 'ns', [{ name: 'p', finalizers: ['z'] }], 40));
    expect([tally.estimateSeconds, Object.fromEntries(tally.instances), Object.fromEntries(tally.finalizers), tally.failures]).toEqual([40, { 'configmaps.': 1, 'pods.': 1 }, { 'x/y': 1, z: 2 }, []]);
  });
});

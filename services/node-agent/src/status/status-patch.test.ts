import type { coreV1 } from '@kubernode/api';
import { statusPatch } from './status-patch.ts';

const before: coreV1.PodStatus = {
  phase: 'Running', message: 'm', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }],
  conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1, lastTransitionTime: 't' }, { type: 'example.com/gate', status: 'True' }, { type: 'PodResizePending', status: 'True', reason: 'Deferred' }],
  containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0, lastState: {} }],
};

const cases: [string, Partial<coreV1.PodStatus>, unknown][] = [
  ['the same: nothing', {}, undefined],
  ['null, empty and absent say the same', { resources: {}, containerStatuses: [{ ready: true, name: 'c', image: 'i', imageID: '', restartCount: 0 }] }, undefined],
  ['when a condition was looked at is not worth a write', { conditions: before.conditions?.map((one) => ({ ...one, lastProbeTime: 'later' })) ?? [] }, undefined],
  ['a field that differs', { phase: 'Succeeded' }, { phase: 'Succeeded' }],
  ['an address more merges', { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }, { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }],
  ['an address less replaces', { podIPs: [{ ip: '10.0.0.2' }] }, { podIPs: [{ $patch: 'replace' }, { ip: '10.0.0.2' }] }],
  ['one condition that differs goes alone', { conditions: [{ type: 'Ready', status: 'False', reason: 'R', lastTransitionTime: 't2' }, ...before.conditions?.slice(1) ?? []] }, { conditions: [{ type: 'Ready', status: 'False', reason: 'R', lastTransitionTime: 't2', observedGeneration: null }] }],
  ['a condition of ours that is over is deleted, those of others are not', { conditions: before.conditions?.slice(0, 1) ?? [] }, { conditions: [{ $patch: 'delete', type: 'PodResizePending' }] }],
];
test.each(cases)('statusPatch: %s', (_what, change, want) => { expect(statusPatch(before, { ...before, ...change })).toEqual(want); });

test('statusPatch: a field that is over is null', () => {
  const { message: _over, ...after } = before;
  expect(statusPatch(before, after)).toEqual({ message: null });
});

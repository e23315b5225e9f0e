import { withDisruption } from './eviction.ts';

type Pod = Parameters<typeof withDisruption>[0];

describe('withDisruption', () => {
  const target = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting', lastProbeTime: null, lastTransitionTime: '1970-01-01T00:00:01Z' };
  const pod = (...conditions: object[]): Pod => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, status: { phase: 'Running', conditions } }) as Pod; // conditions by the cases below

  it.each([
    ['one without', [{ type: 'Ready', status: 'True' }], [{ type: 'Ready', status: 'True' }, target]],
    ['one evicted before', [target], [target]],
    ['one whose disruption was over', [{ ...target, status: 'False', lastTransitionTime: '1969-01-01T00:00:00Z' }], [target]],
  ])('marks %s', (_name, before, after) => {
    expect(withDisruption(pod(...before), 1000).status).toEqual({ phase: 'Running', conditions: after });
  });
});

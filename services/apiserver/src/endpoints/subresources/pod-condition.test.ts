import { withPodCondition } from './pod-condition.ts';

describe('withPodCondition', () => {
  const ready = { type: 'Ready', status: 'True' };
  const given = { type: 'PodScheduled', status: 'True' };
  const since = (time: string): object => ({ ...given, lastProbeTime: null, lastTransitionTime: time });

  it.each([
    ['adds one', [ready], [ready, since('1970-01-01T00:00:01Z')]],
    ['replaces one where it stands', [{ ...given, status: 'False', reason: 'SchedulingGated', lastTransitionTime: '1969-01-01T00:00:00Z' }, ready], [since('1970-01-01T00:00:01Z'), ready]],
    ['leaves the time of one that says the same', [{ ...given, lastTransitionTime: '1969-01-01T00:00:00Z' }, ready], [since('1969-01-01T00:00:00Z'), ready]],
  ])('%s', (_name, before, after) => {
    expect(withPodCondition(before, given, 1000)).toEqual(after);
  });
});

import { parseOptions } from '@kubernode/component-base';
import { trafficOptions, trafficSettings, type TrafficSettings } from './traffic-options.ts';

const settings = (...args: string[]): TrafficSettings => trafficSettings(parseOptions(trafficOptions, args).options);

describe('trafficSettings', () => {
  it("has kube-apiserver's defaults", () => expect(settings()).toEqual({
    priorityAndFairness: true, maxReading: 400, maxMutating: 200, requestTimeoutMs: 60_000, minRequestTimeoutMs: 1_800_000, goAwayChance: 0, shutdownDelayMs: 0, shutdownSendRetryAfter: false, shutdownWatchGraceMs: 0,
  }));

  it.each([
    ['--goaway-chance=0.03', '--goaway-chance can not be less than 0 or greater than 0.02'],
    ['--goaway-chance=often', '--goaway-chance can not be less than 0 or greater than 0.02'],
    ['--max-requests-inflight=-1', '--max-requests-inflight can not be negative value'],
    ['--max-requests-inflight=0 --max-mutating-requests-inflight=0', 'invalid configuration: MaxRequestsInFlight=0 and MaxMutatingRequestsInFlight=0; they must add up to something positive'],
  ])('refuses %s', (args, message) => expect(() => settings(...args.split(' '))).toThrow(message));

  it('takes no limits at all where there is no flow control', () => {
    expect(settings('--enable-priority-and-fairness=false', '--max-requests-inflight=0', '--max-mutating-requests-inflight=0')).toMatchObject({ priorityAndFairness: false, maxReading: 0, maxMutating: 0 });
  });
});

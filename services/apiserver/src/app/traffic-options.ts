import { optionTable, UsageError, type Options, type OptionSpec } from '@kubernode/component-base';

const MINUTE_MS = 60_000;
/** Clients have to find their next connection; more would keep them at nothing else. */
const GOAWAY_CHANCE_MAX = 0.02;

type Flag = OptionSpec<'boolean'> & { kind: 'boolean'; default: boolean };
type Count = OptionSpec<'int'> & { kind: 'int'; default: number };
type Duration = OptionSpec<'duration'> & { kind: 'duration'; default: number };
type Text = OptionSpec<'string'> & { kind: 'string'; default: string };
type TrafficTable = Readonly<
  Record<'enable-priority-and-fairness' | 'shutdown-send-retry-after', Flag>
  & Record<'max-requests-inflight' | 'max-mutating-requests-inflight' | 'min-request-timeout', Count>
  & Record<'request-timeout' | 'shutdown-delay-duration' | 'shutdown-watch-termination-grace-period', Duration>
  & Record<'goaway-chance', Text>
>;

/** Flags of how much is served at once, for how long, and how the server ends, under kube-apiserver's names. */
export const trafficOptions: TrafficTable = optionTable({
  'enable-priority-and-fairness': { kind: 'boolean', default: true, help: 'requests that exceed what the server does at once are queued by flow schemas and priority levels; false: they are refused' },
  'max-requests-inflight': { kind: 'int', default: 400, help: 'with priority and fairness part of the seats of the server, together with the next; without it reads that may run at once, 0: no limit' },
  'max-mutating-requests-inflight': { kind: 'int', default: 200, help: 'likewise for writes' },
  'request-timeout': { kind: 'duration', default: MINUTE_MS, help: 'how long a request may take' },
  'min-request-timeout': { kind: 'int', default: 1800, help: 'how long watches last at least, in seconds; up to twice that by chance' },
  'goaway-chance': { kind: 'string', default: '0', help: 'chance, up to 0.02, that a request over HTTP/2 is the last of its connection, so that clients spread over replicas', placeholder: 'CHANCE' },
  'shutdown-delay-duration': { kind: 'duration', default: 0, help: 'how long the server keeps serving after it said it is not ready' },
  'shutdown-send-retry-after': { kind: 'boolean', default: false, help: 'at its end the server listens until all requests are answered, and tells others to come again later (429)' },
  'shutdown-watch-termination-grace-period': { kind: 'duration', default: 0, help: 'time over which the ends of watches are spread when the server ends; 0: they end at once' },
});

export interface TrafficSettings {
  priorityAndFairness: boolean;
  maxReading: number;
  maxMutating: number;
  requestTimeoutMs: number;
  minRequestTimeoutMs: number;
  goAwayChance: number;
  shutdownDelayMs: number;
  shutdownSendRetryAfter: boolean;
  shutdownWatchGraceMs: number;
}

/** The settings that these flags mean; throws a UsageError for values that cannot be. */
export function trafficSettings(options: Options<TrafficTable>): TrafficSettings {
  const settings = {
    priorityAndFairness: options['enable-priority-and-fairness'], maxReading: options['max-requests-inflight'], maxMutating: options['max-mutating-requests-inflight'],
    requestTimeoutMs: options['request-timeout'], minRequestTimeoutMs: options['min-request-timeout'] * 1000, goAwayChance: Number(options['goaway-chance']),
    shutdownDelayMs: options['shutdown-delay-duration'], shutdownSendRetryAfter: options['shutdown-send-retry-after'], shutdownWatchGraceMs: options['shutdown-watch-termination-grace-period'],
  };
  const { maxReading, maxMutating, goAwayChance } = settings;
  for (const flag of ['max-requests-inflight', 'max-mutating-requests-inflight', 'min-request-timeout', 'request-timeout', 'shutdown-delay-duration', 'shutdown-watch-termination-grace-period'] as const) {
    if (options[flag] < 0) throw new UsageError(`--${flag} can not be negative value`);
  }
  if (!(goAwayChance >= 0 && goAwayChance <= GOAWAY_CHANCE_MAX)) throw new UsageError(`--goaway-chance can not be less than 0 or greater than ${GOAWAY_CHANCE_MAX}`);
  if (settings.priorityAndFairness && maxReading + maxMutating === 0) throw new UsageError(`invalid configuration: MaxRequestsInFlight=${maxReading} and MaxMutatingRequestsInFlight=${maxMutating}; they must add up to something positive`);
  return settings;
}

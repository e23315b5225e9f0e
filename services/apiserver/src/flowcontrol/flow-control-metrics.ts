import type { Metric, MetricType, Registry } from 'prom-client';
import type { RequestCounts } from '../filters/in-flight-counts.ts';
import type { FlowController } from './flow-controller.ts';
import type { BucketCounts, FlowStats } from './flow-stats.ts';
import type { PriorityLevel } from './priority-level.ts';
import type { RatioHistogram } from './ratio-histogram.ts';

type Labels = Readonly<Record<string, string>>;
interface Sample { metricName?: string; labels: Labels; value: number }
interface Family { name: string; help: string; type: 'counter' | 'gauge' | 'histogram'; samples(): Sample[] }

const PREFIX = 'apiserver_flowcontrol_';

/** Shows flow control under kube-apiserver's names. Requests only add to plain numbers; these are read when somebody looks. */
export function registerFlowControlMetrics(registry: Registry, { controller, nowMs }: { controller: FlowController; nowMs(): number }): void {
  for (const family of [...flowFamilies(controller), ...levelFamilies(controller, nowMs)]) register(registry, family);
}

/** Requests that run or wait; with and without flow control. */
export function registerRequestCounts(registry: Registry, counts: RequestCounts): void {
  const kinds = ['readOnly', 'mutating'] as const;
  register(registry, { name: 'apiserver_current_inflight_requests', type: 'gauge', help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.', samples: () => kinds.map((kind) => ({ labels: { request_kind: kind }, value: counts.lastSecond('executing', kind) })) });
  register(registry, { name: 'apiserver_current_inqueue_requests', type: 'gauge', help: 'Maximal number of queued requests in this apiserver per request kind in last second.', samples: () => kinds.map((kind) => ({ labels: { request_kind: kind }, value: counts.lastSecond('waiting', kind) })) });
}

function register(registry: Registry, { name, help, type, samples }: Family): void {
  const metric = { name, help, type: type as unknown as MetricType, get: async () => ({ name, help, type, values: samples() }), reset: () => undefined };
  registry.registerMetric(metric as unknown as Metric); // the registry asks a metric for its name and `get` alone
}

function flowFamilies(controller: FlowController): Family[] {
  const perFlow = (samplesOf: (stats: FlowStats, labels: Labels) => Sample[]) => () => [...controller.levels.values()].flatMap((level) => [...level.stats].filter(([, stats]) => stats.wasUsed).flatMap(([schema, stats]) => samplesOf(stats, { priority_level: level.name, flow_schema: schema })));
  const one = (valueOf: (stats: FlowStats) => number) => perFlow((stats, labels) => [{ labels, value: valueOf(stats) }]);
  const histogram = (name: string, help: string, of: (stats: FlowStats) => readonly (readonly [Labels, BucketCounts])[]): Family => ({ name: `${PREFIX}${name}`, help, type: 'histogram', samples: perFlow((stats, labels) => of(stats).flatMap(([own, buckets]) => bucketSamples(`${PREFIX}${name}`, { ...labels, ...own }, buckets))) });
  const simple = (type: 'counter' | 'gauge', name: string, help: string, samples: () => Sample[]): Family => ({ name: `${PREFIX}${name}`, help, type, samples });
  return [
    simple('counter', 'dispatched_requests_total', 'Number of requests executed by API Priority and Fairness subsystem', one((stats) => stats.dispatched)),
    simple('counter', 'rejected_requests_total', 'Number of requests rejected by API Priority and Fairness subsystem', perFlow((stats, labels) => Object.entries(stats.rejected).filter(([, value]) => value > 0).map(([reason, value]) => ({ labels: { ...labels, reason }, value })))),
    simple('counter', 'request_dispatch_no_accommodation_total', 'Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats', one((stats) => stats.noAccommodation)),
    simple('gauge', 'current_inqueue_requests', 'Number of requests currently pending in queues of the API Priority and Fairness subsystem', one((stats) => stats.waitingRequests)),
    simple('gauge', 'current_inqueue_seats', 'Number of seats currently pending in queues of the API Priority and Fairness subsystem', one((stats) => stats.waitingSeats)),
    simple('gauge', 'current_executing_requests', 'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem', one((stats) => stats.executingRequests)),
    simple('gauge', 'current_executing_seats', 'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem', one((stats) => stats.executingSeats)),
    histogram('request_queue_length_after_enqueue', 'Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued', (stats) => [[{}, stats.queueLengths]]),
    histogram('request_wait_duration_seconds', 'Length of time a request spent waiting in its queue', ({ waitSeconds }) => [[{ execute: 'true' }, waitSeconds.true], [{ execute: 'false' }, waitSeconds.false]]),
    histogram('request_execution_seconds', 'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem', ({ executionSeconds }) => [[{ type: 'regular' }, executionSeconds.regular], [{ type: 'watch' }, executionSeconds.watch]]),
    histogram('work_estimated_seats', 'Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness', (stats) => [[{}, stats.estimatedSeats]]),
    histogram('watch_count_samples', 'count of watchers for mutating requests in API Priority and Fairness', (stats) => [[{}, stats.watchCounts]]),
  ];
}

function levelFamilies(controller: FlowController, nowMs: () => number): Family[] {
  const gauge = (name: string, help: string, valueOf: (level: PriorityLevel) => number): Family => ({ name: `${PREFIX}${name}`, help, type: 'gauge', samples: () => [...controller.levels.values()].map((level) => ({ labels: { priority_level: level.name }, value: valueOf(level) })) });
  const ratios = (name: string, help: string, of: (level: PriorityLevel) => readonly (readonly [Labels, RatioHistogram])[]): Family => ({ name: `${PREFIX}${name}`, help, type: 'histogram', samples: () => [...controller.levels.values()].flatMap((level) => of(level).flatMap(([own, ratio]) => ratioSamples(`${PREFIX}${name}`, { ...own, priority_level: level.name }, ratio, nowMs()))) });
  return [
    gauge('nominal_limit_seats', 'Nominal number of execution seats configured for each priority level', ({ limits }) => limits.nominal),
    gauge('lower_limit_seats', 'Configured lower bound on number of execution seats available to each priority level', ({ limits }) => limits.min),
    gauge('upper_limit_seats', 'Configured upper bound on number of execution seats available to each priority level', ({ limits }) => limits.max),
    gauge('current_limit_seats', 'current derived number of execution seats available to each priority level', ({ current }) => current),
    gauge('target_seats', 'Seat allocation targets', ({ target }) => target),
    gauge('demand_seats_high_watermark', 'High watermark, over last adjustment period, of demand_seats', ({ demand }) => demand.highWatermark),
    gauge('demand_seats_average', 'Time-weighted average, over last adjustment period, of demand_seats', ({ demand }) => demand.average),
    gauge('demand_seats_stdev', 'Time-weighted standard deviation, over last adjustment period, of demand_seats', ({ demand }) => demand.deviation),
    gauge('demand_seats_smoothed', 'Smoothed seat demands', ({ smoothed }) => smoothed),
    gauge('current_r', 'R(time of last change)', ({ queues }) => queues.currentR),
    { name: `${PREFIX}seat_fair_frac`, help: "Fair fraction of server's concurrency to allocate to each priority level that can use it", type: 'gauge', samples: () => [{ labels: {}, value: controller.fairFraction }] },
    ratios('priority_level_request_utilization', 'Observations, at the end of every nanosecond, of number of requests (as a fraction of the relevant limit) waiting or in any stage of execution (but only initial stage for WATCHes)', ({ queues: { gauges } }) => [[{ phase: 'waiting' }, gauges.waiting], [{ phase: 'executing' }, gauges.executing]]),
    ratios('priority_level_seat_utilization', 'Observations, at the end of every nanosecond, of utilization of seats for any stage of execution (but only initial stage for WATCHes)', ({ queues: { gauges } }) => [[{ phase: 'executing' }, gauges.seats]]),
    ratios('demand_seats', 'Observations, at the end of every nanosecond, of (the number of seats each priority level could use) / (nominal number of seats for that level)', ({ queues: { gauges } }) => [[{}, gauges.demandRatio]]),
  ];
}

function ratioSamples(name: string, labels: Labels, ratio: RatioHistogram, nowMs: number): Sample[] {
  ratio.catchUp(nowMs);
  return cumulative(name, labels, { bounds: ratio.bounds, counts: [...ratio.nanoseconds].map(Math.round), sum: ratio.sum });
}

function bucketSamples(name: string, labels: Labels, buckets: BucketCounts): Sample[] {
  return buckets.counts.some((count) => count > 0) ? cumulative(name, labels, buckets) : []; // as a vector without that child
}

function cumulative(name: string, labels: Labels, { bounds, counts, sum }: { bounds: readonly number[]; counts: readonly number[]; sum: number }): Sample[] {
  let total = 0;
  const samples = counts.map((count, index): Sample => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: index < bounds.length ? String(bounds[index]) : '+Inf' }, value: total };
  });
  return [...samples, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: total }];
}

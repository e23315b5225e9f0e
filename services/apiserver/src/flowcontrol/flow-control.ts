import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { ObjectSources, PathHandler } from '../endpoints/endpoint.ts';
import { RequestCounts } from '../filters/in-flight-counts.ts';
import { withMaxInFlight } from '../filters/max-in-flight.ts';
import { withPriorityAndFairness } from '../filters/priority-and-fairness.ts';
import type { Filter } from '../pipeline/api-request.ts';
import { flowControlDebugHandlers } from './debug-handlers.ts';
import { FlowController } from './flow-controller.ts';
import { registerFlowControlMetrics, registerRequestCounts } from './flow-control-metrics.ts';
import { ResourceSizes, type MeasuredStore } from './resource-sizes.ts';
import { runFlowControl } from './run-flow-control.ts';
import { WatchCounts } from './watch-counts.ts';
import { workEstimator } from './work-estimator.ts';

export interface FlowControlOptions {
  priorityAndFairness: boolean;
  maxReading: number;
  maxMutating: number;
  requestTimeoutMs: number;
}

/** How many requests run at once, and who goes first. */
export interface FlowControl {
  filter: Filter;
  pathHandlers: readonly PathHandler[];
  run(sources: ObjectSources, signal: AbortSignal): Promise<void>;
}

export interface FlowControlParts {
  clock: Clock;
  logger: Logger;
  metricsRegistry: Registry;
  storageOf(resource: { group: string; resource: string }): { store: MeasuredStore } | undefined;
}

/** Priority and fairness, or, where it is switched off, plain limits for reads and writes. */
export function setUpFlowControl(options: FlowControlOptions, { clock, logger, metricsRegistry, storageOf }: FlowControlParts): FlowControl {
  const { priorityAndFairness, maxReading, maxMutating, requestTimeoutMs } = options;
  const counts = new RequestCounts({ clock });
  registerRequestCounts(metricsRegistry, counts);
  if (!priorityAndFairness) return { filter: withMaxInFlight({ maxReading, maxMutating, counts }), pathHandlers: [], run: async () => undefined };
  const controller = new FlowController({ clock, serverSeats: maxReading + maxMutating });
  const watches = new WatchCounts();
  const estimator = workEstimator({ watches, sizes: new ResourceSizes({ clock, storeOf: (resource) => storageOf(resource)?.store }) });
  registerFlowControlMetrics(metricsRegistry, { controller, nowMs: () => clock.monotonicNow() });
  return {
    filter: withPriorityAndFairness({ controller, estimator, watches, counts, clock, requestTimeoutMs }),
    pathHandlers: flowControlDebugHandlers({ controller, now: () => clock.now(), monotonicNow: () => clock.monotonicNow() }),
    run: (sources, signal) => runFlowControl({ controller, sources, clock, logger }, signal),
  };
}

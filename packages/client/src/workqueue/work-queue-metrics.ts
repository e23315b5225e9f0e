import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

/** What Kubernetes' own queues show, one set for all queues of a process. */
export class WorkQueueMetrics {
  readonly adds: Counter<'name'>;
  readonly depth: Gauge<'name'>;
  readonly retries: Counter<'name'>;
  readonly queueDuration: Histogram<'name'>;
  readonly workDuration: Histogram<'name'>;
  readonly #inProgress = new Map<string, () => readonly number[]>(); // seconds that each held key is held, by queue

  constructor(registry: Registry) {
    const labelNames = ['name'] as const;
    const registers = [registry];
    const inProgress = this.#inProgress;
    this.adds = new Counter({ name: 'workqueue_adds_total', help: 'Total number of adds handled by workqueue', labelNames, registers });
    this.depth = new Gauge({ name: 'workqueue_depth', help: 'Current depth of workqueue', labelNames, registers });
    this.retries = new Counter({ name: 'workqueue_retries_total', help: 'Total number of retries handled by workqueue', labelNames, registers });
    this.queueDuration = new Histogram({ name: 'workqueue_queue_duration_seconds', help: 'How long in seconds an item stays in workqueue before being requested.', buckets: BUCKETS, labelNames, registers });
    this.workDuration = new Histogram({ name: 'workqueue_work_duration_seconds', help: 'How long in seconds processing an item from workqueue takes.', buckets: BUCKETS, labelNames, registers });
    new Gauge({
      name: 'workqueue_unfinished_work_seconds', help: 'How many seconds of work has done that is in progress and hasn\'t been observed by work_duration.', labelNames, registers,
      collect() { for (const [name, seconds] of inProgress) this.set({ name }, seconds().reduce((a, b) => a + b, 0)); },
    });
    new Gauge({
      name: 'workqueue_longest_running_processor_seconds', help: 'How many seconds has the longest running processor for workqueue been running.', labelNames, registers,
      collect() { for (const [name, seconds] of inProgress) this.set({ name }, Math.max(0, ...seconds())); },
    });
  }

  /** Shows a queue from its beginning, with zeros. */
  track(name: string, secondsInProgress: () => readonly number[]): void {
    this.#inProgress.set(name, secondsInProgress);
    this.adds.inc({ name }, 0);
    this.retries.inc({ name }, 0);
    this.depth.set({ name }, 0);
    this.queueDuration.zero({ name });
    this.workDuration.zero({ name });
  }
}

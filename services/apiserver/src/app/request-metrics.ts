import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestFacts, RequestObserver } from '../filters/metrics.ts';
import type { WatchMetrics } from '../endpoints/watch-metrics.ts';

const SECONDS_BUCKETS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const SECONDS_LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;
/** Different sets of labels that are counted; what comes beyond is not, so that no client can fill the memory. */
const SERIES_MAX = 5_000;
const COMPONENT = 'apiserver';

export type ServerMetrics = RequestObserver & WatchMetrics;

/** Metrics of requests under kube-apiserver's names. */
export function createServerMetrics(registry: Registry): ServerMetrics {
  const registers = [registry];
  const total = new Counter({ name: 'apiserver_request_total', help: 'Requests by verb, resource and answer.', registers, labelNames: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'] });
  const duration = new Histogram({ name: 'apiserver_request_duration_seconds', help: 'How long requests took, watches and streams left out.', registers, buckets: SECONDS_BUCKETS, labelNames: [...SECONDS_LABELS, 'dry_run'] });
  const sli = new Histogram({ name: 'apiserver_request_sli_duration_seconds', help: 'How long requests took, without waits that are not the server\'s.', registers, buckets: SECONDS_BUCKETS, labelNames: [...SECONDS_LABELS] });
  const terminations = new Counter({ name: 'apiserver_request_terminations_total', help: 'Requests that the server ended early to protect itself.', registers, labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'] });
  const watches = new Gauge({ name: 'apiserver_longrunning_requests', help: 'Watches that run now.', registers, labelNames: ['group', 'version', 'kind', 'verb', 'component'] });
  const events = new Counter({ name: 'apiserver_watch_events_total', help: 'Watch events sent.', registers, labelNames: ['group', 'version', 'kind'] });
  const eventBytes = new Counter({ name: 'apiserver_watch_events_sizes_sum', help: 'Bytes of watch events sent.', registers, labelNames: ['group', 'version', 'kind'] });
  const series = new Series({ total, duration, sli });
  const sentOfKind = new WeakMap<object, { events: Counter.Internal; bytes: Counter.Internal }>(); // finding labels costs more than counting
  return {
    finished: (facts, code, seconds) => series.count(facts, code, seconds),
    terminated: ({ dryRun: _dryRun, ...facts }, code) => terminations.inc({ ...facts, component: COMPONENT, code: String(code) }),
    started({ group, version, kind }) {
      const labels = { group, version, kind, verb: 'WATCH', component: COMPONENT };
      watches.inc(labels);
      return { [Symbol.dispose]: () => watches.dec(labels) };
    },
    sent(kind, count, bytes) {
      let one = sentOfKind.get(kind);
      if (one === undefined) {
        const labels = { group: kind.group, version: kind.version, kind: kind.kind };
        one = { events: events.labels(labels), bytes: eventBytes.labels(labels) };
        sentOfKind.set(kind, one);
      }
      one.events.inc(count);
      one.bytes.inc(bytes);
    },
  };
}

interface Metrics { total: Counter; duration: Histogram; sli: Histogram }

interface One { count(seconds: number): void }

/** Children of the metrics by labels, found by one look-up a request. */
class Series {
  readonly #metrics: Metrics;
  readonly #known = new Map<string, One>();

  constructor(metrics: Metrics) { this.#metrics = metrics; }

  count(facts: RequestFacts, code: number, seconds: number): void {
    const key = `${facts.verb} ${facts.group} ${facts.version} ${facts.resource} ${facts.subresource} ${facts.scope} ${facts.dryRun} ${code}`;
    let one = this.#known.get(key);
    if (one === undefined) {
      if (this.#known.size >= SERIES_MAX) return;
      one = this.#open(facts, code);
      this.#known.set(key, one);
    }
    one.count(seconds);
  }

  #open({ dryRun, ...facts }: RequestFacts, code: number): One {
    const labels = { ...facts, component: COMPONENT };
    const total = this.#metrics.total.labels({ ...labels, dry_run: dryRun, code: String(code) });
    if (facts.verb === 'WATCH' || code === 101) return { count: () => total.inc() };
    const duration = this.#metrics.duration.labels({ ...labels, dry_run: dryRun });
    const sli = this.#metrics.sli.labels(labels);
    return { count(seconds) { total.inc(); duration.observe(seconds); sli.observe(seconds); } };
  }
}

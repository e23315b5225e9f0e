import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '@kubernode/base';
import { TallyCounter, TallyHistogram, type CountTally, type ValueTally } from '@kubernode/component-base';
import { deprecationOf } from '../endpoints/deprecated-resources.ts';
import type { WatchMetrics } from '../endpoints/watch-metrics.ts';
import type { RequestFacts, RequestObserver, RequestOutcome } from '../filters/metrics.ts';

const SECONDS_BUCKETS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const REQUEST_BYTES_BUCKETS = Array.from({ length: 31 }, (_, index) => 50_000 + index * 100_000);
const ANSWER_BYTES_BUCKETS = Array.from({ length: 7 }, (_, power) => 1000 * 10 ** power);
const EVENT_BYTES_BUCKETS = Array.from({ length: 8 }, (_, power) => 1024 * 2 ** power);
const HOUR = 3600;
const DAY = 24 * HOUR;
const EXPIRATION_BUCKETS = [0, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 360 * DAY];
const REQUEST_LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;
/** Different sets of labels that are counted; what comes beyond is not, so that no client can fill the memory. */
const SERIES_MAX = 5_000;
const COMPONENT = 'apiserver';
const READING_VERBS: ReadonlySet<string> = new Set(['GET', 'LIST']);

export type ServerMetrics = RequestObserver & WatchMetrics;

/** Metrics of requests under kube-apiserver's names. */
export function createServerMetrics(registry: Registry, clock: Pick<Clock, 'now'>): ServerMetrics {
  const registers = [registry];
  const terminations = new Counter({ name: 'apiserver_request_terminations_total', help: 'Requests that the server ended early to protect itself.', registers, labelNames: [...REQUEST_LABELS, 'code'] });
  const running = new Gauge({ name: 'apiserver_longrunning_requests', help: 'Watches and other streams that run now.', registers, labelNames: REQUEST_LABELS });
  const expiration = new TallyHistogram({ name: 'apiserver_client_certificate_expiration_seconds', help: 'How long the certificates of clients are still good, counted at each request.', registers, buckets: EXPIRATION_BUCKETS }).labels({});
  const series = new Series(registers);
  return {
    finished(facts, outcome) {
      series.count(facts, outcome);
      if (outcome.certificateEndsAt !== undefined) expiration.observe((outcome.certificateEndsAt - clock.now()) / 1000);
    },
    terminated: (facts, code) => terminations.inc({ ...requestLabels(facts), code: String(code) }),
    lasts(facts) {
      const child = running.labels(requestLabels(facts));
      child.inc();
      return { [Symbol.dispose]: () => child.dec() };
    },
    ...watchEventMetrics(registers),
  };
}

function watchEventMetrics(registers: Registry[]): WatchMetrics {
  const labelNames = ['group', 'version', 'resource'] as const;
  const events = new TallyCounter({ name: 'apiserver_watch_events_total', help: 'Watch events sent.', registers, labelNames });
  const sizes = new TallyHistogram({ name: 'apiserver_watch_events_sizes', help: 'Bytes of watch events sent; of those sent together, their mean.', registers, labelNames, buckets: EVENT_BYTES_BUCKETS });
  const ofResource = new WeakMap<object, { events: CountTally; sizes: ValueTally }>(); // finding labels costs more than counting
  return {
    sent(resource, count, bytes) {
      let one = ofResource.get(resource);
      if (one === undefined) {
        const labels = { group: resource.group, version: resource.version, resource: resource.resource };
        one = { events: events.labels(labels), sizes: sizes.labels(labels) };
        ofResource.set(resource, one);
      }
      one.events.inc(count);
      one.sizes.observe(bytes / count, count);
    },
  };
}

type RequestLabel = typeof REQUEST_LABELS[number];
type RequestLabels = Readonly<Record<RequestLabel, string>>;

function requestLabels({ verb, group, version, resource, subresource, scope }: RequestFacts): RequestLabels {
  return { verb, group, version, resource, subresource, scope, component: COMPONENT };
}

interface One { count(outcome: RequestOutcome): void }

/** Children of the metrics by labels, found by one look-up a request. */
class Series {
  readonly #total: TallyCounter<RequestLabel | 'dry_run' | 'code' | 'system_client'>;
  readonly #duration: TallyHistogram<RequestLabel | 'dry_run'>;
  readonly #sli: TallyHistogram<RequestLabel>;
  readonly #requestSizes: TallyHistogram<'resource' | 'group' | 'verb'>;
  readonly #answerSizes: TallyHistogram<RequestLabel>;
  readonly #deprecated: Gauge;
  readonly #known = new Map<string, One>();

  constructor(registers: Registry[]) {
    this.#total = new TallyCounter({ name: 'apiserver_request_total', help: 'Requests by verb, resource and answer.', registers, labelNames: [...REQUEST_LABELS, 'dry_run', 'code', 'system_client'] });
    this.#duration = new TallyHistogram({ name: 'apiserver_request_duration_seconds', help: 'How long requests took, watches and streams left out.', registers, buckets: SECONDS_BUCKETS, labelNames: [...REQUEST_LABELS, 'dry_run'] });
    this.#sli = new TallyHistogram({ name: 'apiserver_request_sli_duration_seconds', help: 'How long requests took, without waits that are not the server\'s.', registers, buckets: SECONDS_BUCKETS, labelNames: REQUEST_LABELS });
    this.#requestSizes = new TallyHistogram({ name: 'apiserver_request_body_size_bytes', help: 'Sizes of request bodies.', registers, buckets: REQUEST_BYTES_BUCKETS, labelNames: ['resource', 'group', 'verb'] });
    this.#answerSizes = new TallyHistogram({ name: 'apiserver_response_sizes', help: 'Sizes of answers to reads.', registers, buckets: ANSWER_BYTES_BUCKETS, labelNames: REQUEST_LABELS });
    this.#deprecated = new Gauge({ name: 'apiserver_requested_deprecated_apis', help: 'Deprecated APIs that were requested, and the release that removes them.', registers, labelNames: ['group', 'version', 'resource', 'subresource', 'removed_release'] });
  }

  count(facts: RequestFacts, outcome: RequestOutcome): void {
    const key = `${facts.verb} ${facts.group} ${facts.version} ${facts.resource} ${facts.subresource} ${facts.scope} ${facts.dryRun} ${facts.systemClient} ${outcome.code}`;
    let one = this.#known.get(key);
    if (one === undefined) {
      if (this.#known.size >= SERIES_MAX) return;
      one = this.#open(facts, outcome.code);
      this.#known.set(key, one);
    }
    one.count(outcome);
  }

  #open(facts: RequestFacts, code: number): One {
    const labels = requestLabels(facts);
    const { group, version, resource, subresource, verb } = facts;
    if (deprecationOf(facts) !== undefined) this.#deprecated.set({ group, version, resource, subresource, removed_release: '' }, 1);
    const total = this.#total.labels({ ...labels, dry_run: facts.dryRun, code: String(code), system_client: facts.systemClient });
    if (verb === 'WATCH' || code === 101) return { count: () => total.inc() };
    const duration = this.#duration.labels({ ...labels, dry_run: facts.dryRun });
    const sli = facts.dryRun === '' ? this.#sli.labels(labels) : undefined;
    const answerSizes = READING_VERBS.has(verb) ? this.#answerSizes.labels(labels) : undefined;
    const requestSizes = resource === '' ? undefined : this.#requestSizes.labels({ resource, group, verb: BODY_VERBS[verb] ?? verb.toLowerCase() });
    return {
      count({ seconds, requestBytes, answerBytes }) {
        total.inc();
        duration.observe(seconds);
        sli?.observe(seconds);
        answerSizes?.observe(answerBytes);
        if (requestBytes > 0) requestSizes?.observe(requestBytes);
      },
    };
  }
}

/** Sizes of bodies are told by what is done with them, other than requests. */
const BODY_VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', APPLY: 'patch' };

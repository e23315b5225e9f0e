import { TallyCounter, TallyHistogram, type CountTally, type ValueTally } from '@kubernode/component-base';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AnswerKind } from './cache/answer-cache.ts';

const TIME_BUCKETS = Array.from({ length: 16 }, (_, i) => 0.000_25 * 2 ** i);
const SIZE_BUCKETS = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000];
const PROGRAMMING_BUCKETS = Array.from({ length: 20 }, (_, i) => 0.001 * 2 ** i);

/** One query that was answered. */
export interface Answered { zone: string; proto: 'udp' | 'tcp'; family: '1' | '2'; type: string; rcode: string; plugin: 'kubernetes' | 'forward' | 'cache' | ''; seconds: number; requestBytes: number; responseBytes: number; dnssecOk: boolean }

export interface ForwardMetrics {
  answered(to: string, rcode: string, seconds: number): void;
  failed(to: string): void;
  checkFailed(to: string): void;
  allDown(): void;
  rejected(): void;
}

/** The names and labels of CoreDNS, so that its dashboards show ours. */
export interface DnsMetrics {
  answered(answer: Answered): void;
  cached(kind: AnswerKind | 'miss'): void;
  programmed(seconds: number): void;
  forward: ForwardMetrics;
}

export function createDnsMetrics(registry: Registry, { server, cacheSize }: { server: string; cacheSize: (kind: AnswerKind) => number }): DnsMetrics {
  const registers = [registry];
  const where = ['server', 'zone', 'view'] as const;
  const requests = new TallyCounter({ name: 'coredns_dns_requests_total', help: 'Queries, by zone, transport, address family and record type.', labelNames: [...where, 'proto', 'family', 'type'], registers });
  const responses = new TallyCounter({ name: 'coredns_dns_responses_total', help: 'Answers, by zone and code.', labelNames: [...where, 'rcode', 'plugin'], registers });
  const duration = new TallyHistogram({ name: 'coredns_dns_request_duration_seconds', help: 'Time from query to answer.', labelNames: [...where], buckets: TIME_BUCKETS, registers });
  const requestSize = new TallyHistogram({ name: 'coredns_dns_request_size_bytes', help: 'Size of queries.', labelNames: [...where, 'proto'], buckets: SIZE_BUCKETS, registers });
  const responseSize = new TallyHistogram({ name: 'coredns_dns_response_size_bytes', help: 'Size of answers.', labelNames: [...where, 'proto'], buckets: SIZE_BUCKETS, registers });
  const dnssec = new TallyCounter({ name: 'coredns_dns_do_requests_total', help: 'Queries that ask for DNSSEC.', labelNames: [...where], registers });
  const programming = new Histogram({ name: 'coredns_kubernetes_dns_programming_duration_seconds', help: 'Time from a change of endpoints to names for it.', labelNames: ['service_kind'], buckets: PROGRAMMING_BUCKETS, registers });
  new Counter({ name: 'coredns_panics_total', help: 'Always 0: what no query may do is tested.', registers });
  const children = new Map<string, { requests: CountTally; responses: CountTally; duration: ValueTally; requestSize: ValueTally; responseSize: ValueTally; dnssec: CountTally }>();
  return {
    answered({ zone, proto, family, type, rcode, plugin, seconds, requestBytes, responseBytes, dnssecOk }) {
      const key = `${zone} ${proto} ${family} ${type} ${rcode} ${plugin}`;
      let child = children.get(key);
      if (child === undefined) {
        const labels = { server, zone, view: '' };
        child = { requests: requests.labels({ ...labels, proto, family, type }), responses: responses.labels({ ...labels, rcode, plugin }), duration: duration.labels(labels), requestSize: requestSize.labels({ ...labels, proto }), responseSize: responseSize.labels({ ...labels, proto }), dnssec: dnssec.labels(labels) };
        children.set(key, child);
      }
      child.requests.inc();
      child.responses.inc();
      child.duration.observe(seconds);
      child.requestSize.observe(requestBytes);
      child.responseSize.observe(responseBytes);
      if (dnssecOk) child.dnssec.inc();
    },
    cached: cacheMetrics(registers, server, cacheSize),
    programmed: (seconds) => programming.observe({ service_kind: 'headless_with_selector' }, seconds),
    forward: forwardMetrics(registers),
  };
}

function cacheMetrics(registers: Registry[], server: string, cacheSize: (kind: AnswerKind) => number): DnsMetrics['cached'] {
  const labels = { server, zones: '.', view: '' };
  const labelNames = ['server', 'zones', 'view'] as const;
  const requests = new Counter({ name: 'coredns_cache_requests_total', help: 'Queries that the cache was asked for.', labelNames, registers });
  const misses = new Counter({ name: 'coredns_cache_misses_total', help: 'Of these, not found.', labelNames, registers });
  const hits = new Counter({ name: 'coredns_cache_hits_total', help: 'Of these, found.', labelNames: ['server', 'type', 'zones', 'view'], registers });
  new Gauge({ name: 'coredns_cache_entries', help: 'Answers that are kept.', labelNames: ['server', 'type', 'zones', 'view'], registers, collect() { for (const type of ['success', 'denial'] as const) this.set({ ...labels, type }, cacheSize(type)); } });
  return (kind) => {
    requests.inc(labels);
    if (kind === 'miss') misses.inc(labels); else hits.inc({ ...labels, type: kind });
  };
}

function forwardMetrics(registers: Registry[]): ForwardMetrics {
  const to = ['to'] as const;
  const requests = new Counter({ name: 'coredns_forward_requests_total', help: 'Queries to upstream servers.', labelNames: to, registers });
  const responses = new Counter({ name: 'coredns_forward_responses_total', help: 'Answers of upstream servers, by code.', labelNames: ['to', 'rcode'], registers });
  const duration = new Histogram({ name: 'coredns_forward_request_duration_seconds', help: 'Time until an upstream server answered.', labelNames: ['to', 'rcode'], buckets: TIME_BUCKETS, registers });
  const proxied = new Histogram({ name: 'coredns_proxy_request_duration_seconds', help: 'The same under the name of newer versions.', labelNames: ['proxy_name', 'to', 'rcode'], buckets: TIME_BUCKETS, registers });
  const failures = new Counter({ name: 'coredns_forward_healthcheck_failures_total', help: 'Looks after failed servers that failed too.', labelNames: to, registers });
  const broken = new Counter({ name: 'coredns_forward_healthcheck_broken_total', help: 'Queries at a time when no upstream server answered.', registers });
  const rejects = new Counter({ name: 'coredns_forward_max_concurrent_rejects_total', help: 'Queries refused because too many were under way.', registers });
  return {
    answered: (server, rcode, seconds) => { requests.inc({ to: server }); responses.inc({ to: server, rcode }); duration.observe({ to: server, rcode }, seconds); proxied.observe({ proxy_name: 'forward', to: server, rcode }, seconds); },
    failed: (server) => requests.inc({ to: server }),
    checkFailed: (server) => failures.inc({ to: server }),
    allDown: () => broken.inc(),
    rejected: () => rejects.inc(),
  };
}

import { Counter, Histogram, type Registry } from 'prom-client';

/** The names of CoreDNS, so that its dashboards show ours. */
export interface DnsMetrics { requests: Counter<'type' | 'proto'>; responses: Counter<'rcode'>; duration: Histogram<'proto'>; forwarded: Counter<'result'> }

export function createDnsMetrics(registry: Registry): DnsMetrics {
  const registers = [registry];
  return {
    requests: new Counter({ name: 'coredns_dns_requests_total', help: 'Queries, by record type and transport.', labelNames: ['type', 'proto'], registers }),
    responses: new Counter({ name: 'coredns_dns_responses_total', help: 'Answers, by code.', labelNames: ['rcode'], registers }),
    duration: new Histogram({ name: 'coredns_dns_request_duration_seconds', help: 'Time from query to answer.', labelNames: ['proto'], registers, buckets: [0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192] }),
    forwarded: new Counter({ name: 'kubernode_dns_forwarded_total', help: 'Queries for other names, by how upstream servers dealt with them.', labelNames: ['result'], registers }),
  };
}

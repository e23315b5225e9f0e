import { Counter, Histogram, type Registry } from 'prom-client';
import type { Clock } from '@kubernode/base';
import type { Transport } from '../client.ts';

const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** The same transport, with the figures that dashboards of Kubernetes show of a component's calls. */
export function meteredTransport(transport: Transport, { registry, host, clock }: { registry: Registry; host: string; clock: Clock }): Transport {
  const requests = new Counter({ name: 'rest_client_requests_total', help: 'Number of HTTP requests, partitioned by status code, method, and host.', labelNames: ['code', 'method', 'host'], registers: [registry] });
  const durations = new Histogram({ name: 'rest_client_request_duration_seconds', help: 'Request latency in seconds. Broken down by verb, and host.', labelNames: ['verb', 'host'], buckets: BUCKETS, registers: [registry] });
  return {
    async call(request) {
      const startedMs = clock.monotonicNow();
      let code = '<error>';
      try {
        const response = await transport.call(request);
        code = String(response.status);
        return response;
      } finally {
        requests.inc({ code, method: request.method, host });
        durations.observe({ verb: request.method, host }, (clock.monotonicNow() - startedMs) / 1000);
      }
    },
    watch: (request) => {
      requests.inc({ code: '200', method: 'GET', host });
      return transport.watch(request);
    },
    ...(transport.holdLease && { holdLease: transport.holdLease }),
    close: () => { transport.close(); },
  };
}

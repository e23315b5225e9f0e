import type { Registry } from 'prom-client';
import type { PathHandler } from '../endpoints/endpoint.ts';

/** /metrics in Prometheus' text format. */
export function metricsHandler(registry: Registry): PathHandler {
  return { paths: ['/metrics'], handle: async () => ({ kind: 'buffered', status: 200, contentType: registry.contentType, body: Buffer.from(await registry.metrics()) }) };
}

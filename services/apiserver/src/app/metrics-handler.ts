import { EXPOSITION_TYPE } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { PathHandler } from '../endpoints/endpoint.ts';

/** /metrics and /metrics/slis in Prometheus' text format. */
export function metricsHandlers({ all, slis }: { all: Registry; slis: Registry }): PathHandler[] {
  return [handler('/metrics', all), handler('/metrics/slis', slis)];
}

function handler(path: string, registry: Registry): PathHandler {
  return { paths: [path], handle: async () => ({ kind: 'buffered', status: 200, contentType: EXPOSITION_TYPE, body: Buffer.from(await registry.metrics()) }) };
}

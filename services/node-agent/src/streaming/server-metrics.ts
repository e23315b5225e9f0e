import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@kubernode/base';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

type Labels = 'method' | 'path' | 'server_type' | 'long_running';

export interface ServerMetrics {
  /** Counts a request from now until its response ends. */
  observe(request: IncomingMessage, response: ServerResponse): void;
  websocketStreams: Counter<'subresource'>;
}

const LABELS: readonly Labels[] = ['method', 'path', 'server_type', 'long_running'];
const METHODS = new Set(['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']);
const PATHS = new Set([
  'attach', 'checkpoint', 'configz', 'containerLogs', 'debug', 'exec', 'healthz', 'logs', 'metrics', 'metrics/cadvisor', 'metrics/probes', 'metrics/resource',
  'pods', 'portForward', 'run', 'runningpods', 'stats',
]);
const LONG_RUNNING = new Set(['exec', 'attach', 'portforward', 'debug']);

export function createServerMetrics(registry: Registry, clock: Clock): ServerMetrics {
  const registers = [registry];
  const total = new Counter({ name: 'kubelet_http_requests_total', help: 'Requests to the node\'s server.', labelNames: LABELS, registers });
  const inflight = new Gauge({ name: 'kubelet_http_inflight_requests', help: 'Requests to the node\'s server that are being answered.', labelNames: LABELS, registers });
  const duration = new Histogram({ name: 'kubelet_http_requests_duration_seconds', help: 'How long requests to the node\'s server took.', labelNames: LABELS, registers });
  return {
    websocketStreams: new Counter({ name: 'kubelet_websocket_streaming_requests_total', help: 'Streams over websockets that the node\'s server translates.', labelNames: ['subresource'], registers }),
    observe({ method = '', url = '' }, response) {
      const path = pathLabel(url);
      const labels = { method: METHODS.has(method) ? method : 'other', path, server_type: 'readwrite', long_running: String(LONG_RUNNING.has(path)) };
      const startMs = clock.monotonicNow();
      total.inc(labels);
      inflight.inc(labels);
      response.once('close', () => {
        inflight.dec(labels);
        duration.observe(labels, (clock.monotonicNow() - startMs) / 1000);
      });
    },
  };
}

/** The first part of a path, of metrics the first two; bounded, whatever is asked for. Pure. */
export function pathLabel(url: string): string {
  const [, first = '', second] = (url.split('?', 1)[0] ?? '').split('/', 3);
  const path = first === 'metrics' && second !== undefined ? `${first}/${second}` : first;
  return PATHS.has(path) ? path : 'other';
}

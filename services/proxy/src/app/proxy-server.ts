import type { RequestListener } from 'node:http';
import type { coreV1 } from '@kubernode/api';
import type { Clock, TaskGroup } from '@kubernode/base';
import { observabilityApp, serveApp } from '@kubernode/component-base';
import { debugTarget, serveDebug } from '@kubernode/profiling';
import type { Registry } from 'prom-client';
import type { ProxyHealth, ProxyHealthReport } from '../health/proxy-health.ts';
import type { ProxyMetrics } from '../metrics.ts';
import type { ProxySettings } from './proxy-options.ts';

export interface ProxyServerOptions {
  settings: ProxySettings;
  clock: Clock;
  registry: Registry;
  metrics: ProxyMetrics;
  health: ProxyHealth;
  node: () => Readonly<coreV1.Node> | undefined;
  /** Whether rules were written since the start. */
  isSynced: () => boolean;
}

/** Serves kube-proxy's two ports within the group: health for load balancers and probes, figures for operators. */
export function serveProxy(group: TaskGroup, options: ProxyServerOptions): void {
  const { settings: { healthz, metrics, mode, profiling }, clock, registry, isSynced } = options;
  if (healthz) group.spawn((signal) => serveApp({ app: healthListener(options), ...healthz, signal }));
  if (metrics === undefined) return;
  const checks = { synced: () => isSynced() || 'rules are not written yet' } as const;
  const app = observabilityApp({ registry, livez: checks, readyz: checks });
  app.get('/proxyMode', (_request, response) => { response.type('text/plain').send(mode); });
  if (profiling) app.use(async (request, response, next) => { if (!await serveDebug(debugTarget(request.url), response, { clock, profiling })) next(); });
  group.spawn((signal) => serveApp({ app, ...metrics, signal }));
}

/** /healthz says whether load balancers should send traffic here, /livez whether the proxy works. */
export function healthListener({ health, metrics, node, isSynced }: Pick<ProxyServerOptions, 'health' | 'metrics' | 'node' | 'isSynced'>): RequestListener {
  const reports: Readonly<Record<string, () => { report: ProxyHealthReport; ok: boolean; counter: ProxyMetrics['healthz'] }>> = {
    '/healthz': () => { const report = health.healthz(node()); return { report, ok: report.healthy && report.nodeEligible === true && isSynced(), counter: metrics.healthz }; },
    '/livez': () => { const report = health.livez(); return { report, ok: report.healthy, counter: metrics.livez }; },
  };
  return (request, response) => {
    const found = reports[(request.url ?? '').replace(/\?.*$/, '')]?.();
    if (found === undefined) { response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n'); return; }
    const status = found.ok ? 200 : 503;
    found.counter.inc({ code: String(status) });
    response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }).end(JSON.stringify(found.report));
  };
}

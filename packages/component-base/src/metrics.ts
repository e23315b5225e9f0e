import { collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { version } from './version.ts';

/**
 * A component's registry with what every process shows: process and event-loop figures, `kubernetes_build_info`, and `go_goroutines`,
 * which dashboards of Kubernetes expect. One registry a component, also where several run in one process, so that nothing is counted twice.
 */
export function createRegistry(): Registry {
  const registry = new Registry();
  for (const metric of processFigures().getMetricsAsArray()) registry.registerMetric(metric as unknown as Metric); // the library's declared type lacks what every metric has
  new Gauge({
    name: 'kubernetes_build_info', help: 'The version that runs, as labels; the value is always 1.', registers: [registry],
    labelNames: ['major', 'minor', 'git_version', 'platform'],
  }).set({ major: version.major, minor: version.minor, git_version: version.gitVersion, platform: version.platform }, 1);
  new Gauge({
    name: 'go_goroutines', help: 'Resources that keep the event loop alive, under the name that dashboards of Kubernetes plot for concurrency.', registers: [registry],
    collect() { this.set(process.getActiveResourcesInfo().length); },
  });
  return registry;
}

let figures: Registry | undefined;

/** Of the process, whatever it holds: collected once, since each set of them looks at the event loop a hundred times a second. */
function processFigures(): Registry {
  if (figures === undefined) {
    figures = new Registry();
    collectDefaultMetrics({ register: figures });
  }
  return figures;
}

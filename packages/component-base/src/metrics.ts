import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { version } from './version.ts';

/**
 * A component's registry with what every process shows: process and event-loop figures, `kubernetes_build_info`, and `go_goroutines`,
 * which dashboards of Kubernetes expect. One registry a component, also where several run in one process, so that nothing is counted twice.
 */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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

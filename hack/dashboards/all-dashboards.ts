import { apiServer, controllers, etcd, scheduler } from './control-plane.ts';
import type { Dashboard } from './dashboard.ts';
import { dns, networkPolicies, proxy } from './network.ts';
import { nodes, pods } from './nodes.ts';
import { overview } from './overview.ts';
import { renderDashboard } from './render-dashboard.ts';

const dashboards: readonly Dashboard[] = [overview, apiServer, etcd, scheduler, controllers, nodes, pods, proxy, dns, networkPolicies];

/** Every dashboard as text, by the name of its file in charts/monitoring/dashboards. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(dashboards.map((dashboard) => [`${dashboard.uid.replace('kubernode-', '')}.json`, `${JSON.stringify(renderDashboard(dashboard), undefined, 1)}\n`]));
}

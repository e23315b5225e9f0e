import { get } from 'node:http';
import { eventually } from '../../framework/run.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import { ports } from '../cluster/machine-plan.ts';
import type { Machine } from '../cluster/topology.ts';

/** The member that leads etcd, by what members say in their metrics. */
export function etcdLeader(cluster: ChaosCluster): Promise<Machine> {
  return machineWhere(cluster.machines('etcd'), ports.etcdMetrics, /^etcd_server_is_leader 1$/m);
}

/** The replica that leads a component. */
export function leaderOf(cluster: ChaosCluster, role: 'scheduler' | 'controller-manager'): Promise<Machine> {
  return machineWhere(cluster.machines(role), role === 'scheduler' ? ports.scheduler : ports.controllerManager, /^leader_election_master_status\{[^}]*\} 1$/m);
}

function machineWhere(machines: readonly Machine[], port: number, pattern: RegExp): Promise<Machine> {
  return eventually(`a leader among ${machines.map(({ name }) => name).join(', ')}`, async () => {
    const texts = await Promise.all(machines.map((machine) => metrics(`http://${machine.address}:${port}/metrics`)));
    return machines.find((_, i) => pattern.test(texts[i] ?? ''));
  });
}

/** '' where nobody answers. */
function metrics(url: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 1000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; });
      response.on('end', () => resolve(text));
      response.on('error', () => resolve(''));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(''));
  });
}

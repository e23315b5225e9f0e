import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import { fullSize, machinesOf, planMachines, type Role, type Sizes } from '../cluster/topology.ts';
import { allFaults, faultsFor } from './fault-table.ts';

/** As much of a cluster as choosing faults asks for. */
function clusterOf(sizes: Sizes, kind: 'namespaces' | 'containers' = 'namespaces'): ChaosCluster {
  const topology = planMachines('192.0.2', sizes);
  return { topology, machines: (role: Role) => machinesOf(topology, role), backend: { kind } } as unknown as ChaosCluster; // see above
}

test('allFaults have names of their own', () => {
  expect(new Set(allFaults.map(({ name }) => name)).size).toBe(allFaults.length);
});

test('faultsFor leaves out what a cluster cannot have', () => {
  expect(faultsFor(clusterOf(fullSize))).toEqual(allFaults);
  expect(faultsFor(clusterOf(fullSize, 'containers')).map(({ name }) => name)).not.toContain('node-agent-kill');
  const small = faultsFor(clusterOf({ etcd: 1, apiservers: 1, schedulers: 1, controllerManagers: 1, nodes: 0 })).map(({ name }) => name);
  expect(small).toEqual(['nothing', 'load-balancer-restart', 'packet-loss', 'etcd-disk-slow']);
});

test('faultsFor says which faults there are', () => {
  expect(() => faultsFor(clusterOf(fullSize), ['meteor'])).toThrow(/there is no fault meteor; there are nothing, apiserver-kill, /);
});

import { placesBelow, processesOf, type PlanContext } from './machine-plan.ts';
import { fullSize, machineNamed, machinesOf, planMachines } from './topology.ts';

const topology = planMachines('192.0.2', fullSize);
const context: PlanContext = {
  topology, places: placesBelow('/c'), clusterCidr: '10.219.0.0/16', serviceCidr: '10.96.0.0/12', cgroupRoot: ({ name }) => `/${name}`,
  programs: { kubernode: 'kubernode', etcd: 'etcd', haproxy: 'haproxy', containerd: 'containerd', cniBinDir: '/cni', turnableClock: '/clock.mjs' },
};

test('planMachines gives every machine a name and an address of its own', () => {
  expect(topology.machines).toHaveLength(14);
  for (const of of ['name', 'address'] as const) expect(new Set(topology.machines.map((machine) => machine[of])).size).toBe(14);
  expect(machinesOf(topology, 'etcd').map(({ address }) => address)).toEqual(['192.0.2.20', '192.0.2.21', '192.0.2.22']);
  expect(() => machineNamed(topology, 'etcd-3')).toThrow('there is no machine etcd-3');
});

test('processesOf: a node has its runtime first, and every process listens where others reach it', () => {
  expect(topology.machines.map((machine) => processesOf(machine, context).map(({ name }) => name).join('+'))).toEqual(['etcd', 'etcd', 'etcd', 'apiserver', 'apiserver', 'apiserver', 'haproxy', 'scheduler', 'scheduler', 'controller-manager', 'controller-manager', 'containerd+node', 'containerd+node', 'containerd+node']);
  for (const machine of topology.machines) for (const { ready } of processesOf(machine, context)) expect('url' in ready ? ready.url : machine.address).toContain(machine.address);
});

test('processesOf: API servers know all members of etcd, and each has its own certificate and clock', () => {
  const [, second] = machinesOf(topology, 'apiserver');
  const [process] = second === undefined ? [] : processesOf(second, context);
  expect(process?.args).toContain('--etcd-servers=https://192.0.2.20:2379,https://192.0.2.21:2379,https://192.0.2.22:2379');
  expect(process?.args).toContain('--tls-cert-file=/c/pki/apiserver-1.crt');
  expect(process?.env?.['CLOCK_OFFSET_FILE']).toBe('/c/clock-offsets/apiserver-1');
});

/** What a machine is for; each has one role, as if every process had a machine of its own. */
export type Role = 'load-balancer' | 'etcd' | 'apiserver' | 'scheduler' | 'controller-manager' | 'node';

/** A machine by name, `ROLE-INDEX`. Its address stays the same however often it is started. */
export interface Machine { readonly name: string; readonly role: Role; readonly index: number; readonly address: string }

export interface Sizes { readonly etcd: number; readonly apiservers: number; readonly schedulers: number; readonly controllerManagers: number; readonly nodes: number }

export const fullSize: Sizes = { etcd: 3, apiservers: 3, schedulers: 2, controllerManagers: 2, nodes: 3 };

/** All machines of a cluster in a /24, and the address of the one who tests, which is the network's gateway. */
export interface Topology { readonly subnet: string; readonly gateway: string; readonly machines: readonly Machine[] }

const FIRST_HOST: Readonly<Record<Role, number>> = { 'load-balancer': 10, etcd: 20, apiserver: 30, scheduler: 40, 'controller-manager': 50, node: 60 };

/** `subnet`: the first three numbers of an IPv4 network. Pure. */
export function planMachines(subnet: string, sizes: Sizes): Topology {
  const counts: readonly (readonly [Role, number])[] = [['etcd', sizes.etcd], ['apiserver', sizes.apiservers], ['load-balancer', 1], ['scheduler', sizes.schedulers], ['controller-manager', sizes.controllerManagers], ['node', sizes.nodes]];
  const machines = counts.flatMap(([role, count]) => Array.from({ length: count }, (_, index) => ({ name: `${role}-${index}`, role, index, address: `${subnet}.${FIRST_HOST[role] + index}` })));
  return { subnet, gateway: `${subnet}.1`, machines };
}

export function machinesOf(topology: Topology, role: Role): readonly Machine[] {
  return topology.machines.filter((machine) => machine.role === role);
}

export function machineNamed(topology: Topology, name: string): Machine {
  const found = topology.machines.find((machine) => machine.name === name);
  if (found === undefined) throw new Error(`there is no machine ${name}`);
  return found;
}

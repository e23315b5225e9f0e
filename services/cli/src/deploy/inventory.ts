/** What a machine does for the cluster; one machine may do several. */
export const machineRoles = ['etcd', 'controlPlane', 'loadBalancer', 'node', 'monitoring'] as const;
export type MachineRole = (typeof machineRoles)[number];

/** How a machine is reached. */
export interface SshSettings {
  user: string;
  port: number;
  /** ssh's own choice when absent. */
  keyFile?: string;
  /** Where host keys are known; an unknown or changed key is refused. ssh's own files when absent. */
  knownHostsFile?: string;
  /** Whether root's rights are had by `sudo -n`. */
  sudo: boolean;
}

export interface Machine {
  /** Names host, etcd member and Node object alike. */
  name: string;
  /** Under which the machines reach each other, and ssh reaches it. */
  address: string;
  roles: readonly MachineRole[];
  ssh: SshSettings;
  labels: Readonly<Record<string, string>>;
  taints: readonly string[];
}

/** A cluster.yaml that was found right. Paths are absolute. */
export interface Inventory {
  name: string;
  /** Where clients find the API. */
  endpoint: string;
  bundle: string;
  /** The authority, certificates and what was deployed to: as secret as the cluster itself. */
  stateDir: string;
  networks: { pods: string; services: string; dns: string; domain: string };
  ports: Readonly<Record<string, number>>;
  machines: readonly Machine[];
  /** Laid over the chart's values last. */
  values: Readonly<Record<string, unknown>>;
}

export const machinesOf = (inventory: Pick<Inventory, 'machines'>, role: MachineRole): readonly Machine[] => inventory.machines.filter((one) => one.roles.includes(role));

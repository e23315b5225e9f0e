import { homedir } from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { repeatedIndexes } from '@kubernode/apimachinery';
import { UserError } from '@kubernode/component-base';
import { machineRoles, machinesOf, type Inventory, type Machine, type MachineRole, type SshSettings } from './inventory.ts';
import { FieldReader } from './field-reader.ts';

export const deployApiVersion = 'deploy.kubernode.io/v1';
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const RANGE = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/;
const TAINT = /^[^=:\s,]+(=[^:\s,]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/;
const PORTS = ['loadBalancer', 'loadBalancerGrpc', 'loadBalancerMetrics', 'apiServer', 'apiServerGrpc', 'etcdClient', 'etcdPeer', 'etcdMetrics', 'scheduler', 'controllerManager', 'kubelet', 'dns'] as const;
/** Beyond this, quorums only get slower. */
const ETCD_MEMBERS_MAX = 7;

/** Reads the text of a cluster.yaml. UserError that names every fault with its path. */
export function parseClusterFile(text: string, file: string): Inventory {
  const document = parseDocument(text, { prettyErrors: true, maxAliasCount: 10 } as Parameters<typeof parseDocument>[1]); // maxAliasCount belongs to toJS as well
  const faults: string[] = document.errors.map((error) => (error.message.split('\n')[0] ?? '').replace(/:$/, ''));
  const inventory = faults.length === 0 ? readInventory(new FieldReader(document.toJS({ maxAliasCount: 10 }), '', faults), path.dirname(path.resolve(file))) : undefined;
  if (inventory !== undefined) faults.push(...checkTogether(inventory));
  if (faults.length > 0 || inventory === undefined) throw new UserError(`${file} is not a cluster that can be deployed:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return inventory;
}

function readInventory(root: FieldReader, folder: string): Inventory {
  root.known('apiVersion', 'kind', 'metadata', 'spec');
  root.oneOf('apiVersion', [deployApiVersion]);
  root.oneOf('kind', ['Cluster']);
  const metadata = root.object('metadata').known('name');
  const name = metadata.text('name', { matching: NAME, want: "lower-case letters, digits and '-'" });
  const spec = root.object('spec').known('endpoint', 'bundle', 'stateDir', 'ssh', 'networks', 'ports', 'machines', 'values');
  const networks = spec.object('networks').known('pods', 'services', 'dns', 'domain');
  const ports = spec.object('ports').known(...PORTS);
  const defaults = readSsh(spec.object('ssh'), { user: 'root', port: 22, sudo: false }, folder);
  const machines = spec.list('machines').map((one) => readMachine(one, defaults, folder));
  const balancers = machines.filter((one) => one.roles.includes('loadBalancer'));
  const services = networks.text('services', { otherwise: '10.96.0.0/12', matching: RANGE, want: 'an IPv4 range such as 10.96.0.0/12' });
  return {
    name, machines,
    endpoint: spec.text('endpoint', { otherwise: balancers[0]?.address ?? '' }),
    bundle: absolute(folder, spec.text('bundle')),
    stateDir: absolute(folder, spec.text('stateDir', { otherwise: `${name}.state` })),
    networks: {
      pods: networks.text('pods', { otherwise: '10.244.0.0/16', matching: RANGE, want: 'an IPv4 range such as 10.244.0.0/16' }), services,
      dns: networks.text('dns', { otherwise: addressWithin(services, 10), matching: ADDRESS, want: 'an IPv4 address' }),
      domain: networks.text('domain', { otherwise: 'cluster.local' }),
    },
    ports: Object.fromEntries(PORTS.flatMap((port) => {
      const value = ports.whole(port, { min: 1, max: 65_535 });
      return value === undefined ? [] : [[port, value]];
    })),
    values: spec.map('values'),
  };
}

function readMachine(reader: FieldReader, defaults: SshSettings, folder: string): Machine {
  reader.known('name', 'address', 'roles', 'ssh', 'labels', 'taints');
  const taints = reader.texts('taints', { matching: TAINT, want: 'KEY=VALUE:NoSchedule, KEY:NoExecute and the like' });
  return {
    name: reader.text('name', { matching: NAME, want: "lower-case letters, digits and '-'" }),
    address: reader.text('address', { matching: ADDRESS, want: 'an IPv4 address' }),
    roles: reader.texts('roles', { among: machineRoles, atLeast: 1 }) as MachineRole[], // all among the roles
    ssh: readSsh(reader.object('ssh'), defaults, folder), taints,
    labels: reader.textMap('labels'),
  };
}

function readSsh(reader: FieldReader, defaults: SshSettings, folder: string): SshSettings {
  reader.known('user', 'port', 'keyFile', 'knownHostsFile', 'sudo');
  const file = (field: 'keyFile' | 'knownHostsFile'): Partial<SshSettings> => {
    const given = reader.text(field, { otherwise: '' });
    const value = given === '' ? defaults[field] : absolute(folder, given);
    return value === undefined ? {} : { [field]: value };
  };
  return {
    user: reader.text('user', { otherwise: defaults.user, matching: /^[a-z_][-a-z0-9_.]*$/i, want: 'the name of a user' }),
    port: reader.whole('port', { min: 1, max: 65_535 }) ?? defaults.port,
    sudo: reader.flag('sudo') ?? defaults.sudo, ...file('keyFile'), ...file('knownHostsFile'),
  };
}

/** What only shows when all fields are seen together. */
function checkTogether(inventory: Inventory): string[] {
  const faults: string[] = [];
  const { machines } = inventory;
  for (const field of ['name', 'address'] as const) {
    const repeated = repeatedIndexes(machines.map((one) => one[field]));
    machines.forEach((one, i) => { if (one[field] !== '' && repeated.has(i)) faults.push(`spec.machines[${i}].${field}: "${one[field]}" is taken by another machine`); });
  }
  for (const role of ['etcd', 'controlPlane', 'loadBalancer'] as const) if (machinesOf(inventory, role).length === 0) faults.push(`spec.machines: no machine has the role ${role}`);
  const members = machinesOf(inventory, 'etcd').length;
  if (members > 0 && (members % 2 === 0 || members > ETCD_MEMBERS_MAX)) faults.push(`spec.machines: ${members} machines have the role etcd; want 1, 3, 5 or 7, so that a majority is left when some fail`);
  const taken = new Map<number, string>();
  for (const [name, port] of Object.entries(inventory.ports)) {
    const other = taken.get(port);
    if (other !== undefined) faults.push(`spec.ports.${name}: ${port} is that of ${other}`);
    taken.set(port, name);
  }
  return faults;
}

/** The n-th address of a range: `10.96.0.0/12`, 10 → `10.96.0.10`. */
function addressWithin(range: string, n: number): string {
  const octets = (range.split('/')[0] ?? '').split('.').map(Number);
  return [...octets.slice(0, 3), (octets[3] ?? 0) + n].join('.');
}

function absolute(folder: string, file: string): string {
  return path.resolve(folder, file.replace(/^~(?=\/)/, homedir()));
}

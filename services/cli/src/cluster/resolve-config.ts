import { optionTable, UsageError, type OptionSpec } from '@kubernode/component-base';
import type { ClusterConfig } from './cluster-config.ts';
import { nodesMax } from './node-place.ts';
import { defaultSecurePort } from './port-plan.ts';

type Flag<K extends 'int' | 'string' | 'list' | 'boolean' | 'duration'> = OptionSpec<K> & { kind: K };
interface ClusterOptionTable {
  readonly name: Flag<'string'>; readonly 'secure-port': Flag<'int'>; readonly replicas: Flag<'int'>; readonly nodes: Flag<'int'>; readonly 'simulated-nodes': Flag<'int'>;
  readonly etcd: Flag<'int'>; readonly 'etcd-servers': Flag<'list'>; readonly 'token-auth-file': Flag<'string'>; readonly 'service-cluster-ip-range': Flag<'string'>;
  readonly 'cluster-cidr': Flag<'string'>; readonly 'cluster-domain': Flag<'string'>; readonly 'cluster-dns': Flag<'string'>; readonly 'local-path-provisioner': Flag<'boolean'>;
  readonly 'certificate-lifetime': Flag<'duration'>; readonly 'ca-lifetime': Flag<'duration'>; readonly 'backup-every': Flag<'duration'>; readonly 'backup-keep': Flag<'int'>; readonly v: Flag<'int'>;
  readonly [flag: string]: OptionSpec;
}

/** What a user may choose. None has a default here: what is not given is as it was, or as `defaults` says in a new cluster. */
export const clusterOptions: ClusterOptionTable = optionTable({
  name: { kind: 'string', help: 'name of the cluster and of its kubeconfig context (default kubernode)', placeholder: 'NAME' },
  'secure-port': { kind: 'int', help: `port of the cluster's API; all other ports keep their distance to it (default ${defaultSecurePort})`, placeholder: 'PORT' },
  replicas: { kind: 'int', help: 'API server replicas (default 3)', placeholder: 'N' },
  nodes: { kind: 'int', help: 'nodes on this host that run containers (default 1); further ones each have a network namespace of their own', placeholder: 'N' },
  'simulated-nodes': { kind: 'int', help: 'nodes whose pods run by a state machine, without containers (default 0)', placeholder: 'N' },
  etcd: { kind: 'int', help: 'etcd members (default 1)', placeholder: 'N' },
  'etcd-servers': { kind: 'list', help: 'an etcd that is already there, instead of own members', placeholder: 'URL,…' },
  'token-auth-file': { kind: 'string', help: 'static bearer tokens: lines of token,user,uid,"group,…"', placeholder: 'FILE' },
  'service-cluster-ip-range': { kind: 'string', help: 'addresses of services (default 10.96.0.0/12)', placeholder: 'CIDR' },
  'cluster-cidr': { kind: 'string', help: 'addresses of pods (default 10.244.0.0/16)', placeholder: 'CIDR' },
  'cluster-domain': { kind: 'string', help: 'DNS domain of the cluster (default cluster.local)', placeholder: 'DOMAIN' },
  'cluster-dns': { kind: 'string', help: 'address of cluster DNS (default 10.96.0.10)', placeholder: 'ADDRESS' },
  'local-path-provisioner': { kind: 'boolean', help: 'have a default StorageClass, local-path, whose volumes are directories of the nodes (default: where --nodes is not 0)' },
  'certificate-lifetime': { kind: 'duration', help: 'life of the certificates that are made; the supervisor renews each when two thirds of its life are over (default 8760h, a year)', placeholder: 'DURATION' },
  'ca-lifetime': { kind: 'duration', help: 'life of authorities that are made (default 87600h, ten years)', placeholder: 'DURATION' },
  'backup-every': { kind: 'duration', help: "back up at this distance into the cluster's folder, each backup verified; 0s for never (default never)" },
  'backup-keep': { kind: 'int', help: 'so many of the newest of these backups stay (default 5)', placeholder: 'N' },
  v: { kind: 'int', help: 'verbosity of all logs (default 0)', placeholder: 'LEVEL' },
});

/** The values of `clusterOptions` as given. */
export interface GivenClusterOptions {
  readonly name: string | undefined; readonly 'secure-port': number | undefined; readonly replicas: number | undefined; readonly nodes: number | undefined; readonly 'simulated-nodes': number | undefined;
  readonly etcd: number | undefined; readonly 'etcd-servers': readonly string[] | undefined; readonly 'token-auth-file': string | undefined; readonly 'service-cluster-ip-range': string | undefined;
  readonly 'cluster-cidr': string | undefined; readonly 'cluster-domain': string | undefined; readonly 'cluster-dns': string | undefined; readonly 'local-path-provisioner': boolean | undefined;
  readonly 'certificate-lifetime': number | undefined; readonly 'ca-lifetime': number | undefined;
  readonly 'backup-every': number | undefined; readonly 'backup-keep': number | undefined; readonly v: number | undefined;
}

/** A third of it has to be time enough for everybody to take up the next. */
const LIFETIME_MS_MIN = 30_000;

const BACKUP_EVERY_MS_MIN = 60_000;
const BACKUPS_MAX = 1_000;

const defaults: ClusterConfig = {
  formatVersion: 1, name: 'kubernode', securePort: defaultSecurePort, replicas: 3, schedulers: 2, controllerManagers: 2, nodes: 1, simulatedNodes: 0, etcdMembers: 1, etcdServers: [],
  serviceCidr: '10.96.0.0/12', clusterCidr: '10.244.0.0/16', clusterDomain: 'cluster.local', clusterDns: '10.96.0.10', verbosity: 0,
};

/** What a cluster is to be: the given flags over what its folder says over the defaults. UsageError for what cannot be. */
export function resolveConfig(given: GivenClusterOptions, stored: ClusterConfig | undefined): ClusterConfig {
  const base = stored ?? defaults;
  const etcdServers = given['etcd-servers'] ?? base.etcdServers;
  const tokenAuthFile = given['token-auth-file'] ?? base.tokenAuthFile;
  const [certificateLifetimeMs, authorityLifetimeMs] = [given['certificate-lifetime'] ?? base.certificateLifetimeMs, given['ca-lifetime'] ?? base.authorityLifetimeMs];
  const localPathProvisioner = given['local-path-provisioner'] ?? base.localPathProvisioner;
  const { backupEveryMs: _, ...others } = base;
  const [backupEveryMs, backupKeep] = [given['backup-every'] ?? base.backupEveryMs ?? 0, given['backup-keep'] ?? base.backupKeep];
  const config: ClusterConfig = {
    ...others,
    name: given.name ?? base.name, securePort: given['secure-port'] ?? base.securePort, replicas: given.replicas ?? base.replicas, nodes: given.nodes ?? base.nodes,
    simulatedNodes: given['simulated-nodes'] ?? base.simulatedNodes, etcdServers, etcdMembers: etcdServers.length > 0 ? 0 : given.etcd ?? (base.etcdMembers || 1),
    serviceCidr: given['service-cluster-ip-range'] ?? base.serviceCidr, clusterCidr: given['cluster-cidr'] ?? base.clusterCidr,
    clusterDomain: given['cluster-domain'] ?? base.clusterDomain, clusterDns: given['cluster-dns'] ?? base.clusterDns, verbosity: given.v ?? base.verbosity,
    ...(tokenAuthFile !== undefined && tokenAuthFile !== '' && { tokenAuthFile }), ...(localPathProvisioner !== undefined && { localPathProvisioner }),
    ...(certificateLifetimeMs !== undefined && { certificateLifetimeMs }), ...(authorityLifetimeMs !== undefined && { authorityLifetimeMs }),
    ...(backupEveryMs > 0 && { backupEveryMs }), ...(backupKeep !== undefined && { backupKeep }),
  };
  checkRanges(config);
  if (stored && stored.etcdMembers !== config.etcdMembers) throw new UsageError(`this cluster has ${stored.etcdMembers} etcd members; their number cannot change while its data is kept`);
  if (stored && stored.serviceCidr !== config.serviceCidr) throw new UsageError(`this cluster's services are in ${stored.serviceCidr}; the range cannot change while its data is kept`);
  return config;
}

function checkRanges(config: ClusterConfig): void {
  const whole = (flag: string, value: number, min: number, max: number): void => {
    if (value < min || value > max) throw new UsageError(`invalid value "${value}" for --${flag}: want ${min} to ${max}`);
  };
  whole('secure-port', config.securePort, 1, 55_000);
  whole('replicas', config.replicas, 1, 9);
  whole('nodes', config.nodes, 0, nodesMax);
  whole('simulated-nodes', config.simulatedNodes, 0, 5000);
  if (config.etcdServers.length === 0 && ![1, 3, 5].includes(config.etcdMembers)) throw new UsageError(`invalid value "${config.etcdMembers}" for --etcd: want 1, 3 or 5`);
  whole('backup-keep', config.backupKeep ?? 1, 1, BACKUPS_MAX);
  if ((config.backupEveryMs ?? BACKUP_EVERY_MS_MIN) < BACKUP_EVERY_MS_MIN) throw new UsageError('invalid value for --backup-every: want at least 1m, or 0s for never');
  for (const [flag, ms = LIFETIME_MS_MIN] of [['certificate-lifetime', config.certificateLifetimeMs], ['ca-lifetime', config.authorityLifetimeMs]] as const) {
    if (ms < LIFETIME_MS_MIN) throw new UsageError(`invalid value for --${flag}: ${ms / 1000} s is too short; processes take up new certificates within seconds, want at least ${LIFETIME_MS_MIN / 1000} s`);
  }
  for (const [flag, cidr] of [['service-cluster-ip-range', config.serviceCidr], ['cluster-cidr', config.clusterCidr]] as const) {
    if (!/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(cidr)) throw new UsageError(`invalid value "${cidr}" for --${flag}: want an IPv4 range such as 10.96.0.0/12`);
  }
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(config.name)) throw new UsageError(`invalid value "${config.name}" for --name: want lower-case letters, digits and '-'`);
}

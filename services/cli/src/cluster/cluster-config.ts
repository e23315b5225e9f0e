import { existsSync, readFileSync } from 'node:fs';
import { replaceFileSync, UserError } from '@kubernode/component-base';
import { errorMessage } from '@kubernode/base';

/** What a user chose for a cluster; kept in its state folder, so that `up` after `down` continues with it. */
export interface ClusterConfig {
  /** Of this file's form; a newer one is refused. */
  formatVersion: 1;
  name: string;
  securePort: number;
  replicas: number;
  schedulers: number;
  controllerManagers: number;
  nodes: number;
  simulatedNodes: number;
  /** Members to run; 0 when `etcdServers` are given. */
  etcdMembers: number;
  etcdServers: readonly string[];
  /** What tells this etcd from those before it with the same members: another one after each restore; the cluster's name when absent. */
  etcdToken?: string;
  /** Members that replaced others: they join what is there. Absent: none. */
  etcdJoined?: readonly number[];
  tokenAuthFile?: string;
  serviceCidr: string;
  clusterCidr: string;
  clusterDomain: string;
  clusterDns: string;
  /** Whether there is a default class whose volumes are directories of nodes; absent: where the cluster runs nodes. */
  localPathProvisioner?: boolean;
  /** From one backup to the next; none are made when absent. */
  backupEveryMs?: number;
  /** So many of the newest archives stay. */
  backupKeep?: number;
  /** Of leaf certificates and of authorities; a year and ten years when absent. */
  certificateLifetimeMs?: number;
  authorityLifetimeMs?: number;
  /** -v of every process. */
  verbosity: number;
}

/** Reads the folder's configuration; undefined in a new folder, UserError when it is not ours or broken. */
export function loadClusterConfig(file: string): ClusterConfig | undefined {
  if (!existsSync(file)) return undefined;
  return parseClusterConfig(readFileSync(file, 'utf8'), file);
}

/** `file` says in faults where the text is from. */
export function parseClusterConfig(text: string, file: string): ClusterConfig {
  let parsed: unknown;
  try { parsed = JSON.parse(text); } catch (error) {
    throw new UserError(`the state folder is corrupt: ${file}: ${errorMessage(error)}; restore the file from a backup, or remove the cluster with 'kubernode down --purge'`);
  }
  const config = parsed as Partial<ClusterConfig>; // checked field by field below
  if (config.formatVersion !== 1) throw new UserError(`${file} was written by another version of kubernode (format ${String(config.formatVersion)}, this one reads 1)`);
  for (const field of ['securePort', 'replicas', 'schedulers', 'controllerManagers', 'nodes', 'simulatedNodes', 'etcdMembers'] as const) {
    if (!Number.isSafeInteger(config[field])) throw new UserError(`the state folder is corrupt: ${file} has no number '${field}'; restore the file from a backup, or remove the cluster with 'kubernode down --purge'`);
  }
  return config as ClusterConfig; // its numbers are checked; the texts have no form to check
}

export function saveClusterConfig(file: string, config: ClusterConfig): void {
  replaceFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

import { isDeepStrictEqual } from 'node:util';
import { UserError, waitUntil, type CommandContext } from '@kubernode/component-base';
import { saveClusterConfig, type ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { readSupervisorStatus } from './watch-start.ts';

/** The supervisor looks at its configuration twice a second, and gives a backup that is being made its time to end. */
const TAKEN_UP_LIMIT_MS = 60_000;
const POLL_MS = 50;

/** Which flag says what; what has none cannot differ. */
const FLAGS: Partial<Record<keyof ClusterConfig, string>> = {
  name: 'name', securePort: 'secure-port', replicas: 'replicas', nodes: 'nodes', simulatedNodes: 'simulated-nodes', etcdMembers: 'etcd', etcdServers: 'etcd-servers', tokenAuthFile: 'token-auth-file', serviceCidr: 'service-cluster-ip-range', clusterCidr: 'cluster-cidr',
  clusterDomain: 'cluster-domain', clusterDns: 'cluster-dns', localPathProvisioner: 'local-path-provisioner', certificateLifetimeMs: 'certificate-lifetime', authorityLifetimeMs: 'ca-lifetime', backupEveryMs: 'backup-every', backupKeep: 'backup-keep', verbosity: 'v',
};
/** What takes effect while a cluster runs; processes learn the rest when they start, most of them from each other's flags. */
const ONLINE: ReadonlySet<string> = new Set(['backup-every', 'backup-keep']);

/** Flags whose values differ between two configurations. Pure. */
export function changedFlags(before: ClusterConfig, after: ClusterConfig): readonly string[] {
  return Object.entries(FLAGS).filter(([field]) => !isDeepStrictEqual(before[field as keyof ClusterConfig], after[field as keyof ClusterConfig])).map(([, flag]) => flag); // keys of the table are fields
}

/** Gives a cluster that runs another configuration, and resolves when it has taken it up; UserError for what it cannot take up. Whether there was anything to change. */
export async function changeRunning({ context: { clock, signal }, layout, stored, config }: { context: Pick<CommandContext, 'clock' | 'signal'>; layout: Layout; stored: ClusterConfig; config: ClusterConfig }): Promise<boolean> {
  const changed = changedFlags(stored, config);
  const offline = changed.filter((flag) => !ONLINE.has(flag)).map((flag) => `--${flag}`);
  if (offline.length > 0) throw new UserError(`the cluster in ${layout.dir} is up, and what ${offline.join(', ')} ${offline.length === 1 ? 'says' : 'say'} takes effect only when it starts: 'kubernode down' first (its data stays), then 'kubernode up' with ${offline.length === 1 ? 'it' : 'them'}`);
  if (changed.length === 0) return false;
  const changedAt = clock.now();
  saveClusterConfig(layout.configFile, config);
  const look = (): Promise<string | undefined> => {
    const backup = readSupervisorStatus(layout).find(({ name }) => name === 'backup');
    const isTakenUp = config.backupEveryMs === undefined ? backup === undefined : backup !== undefined && backup.ready && backup.startedAt >= changedAt;
    return Promise.resolve(isTakenUp ? undefined : `the supervisor has not taken up the change of ${changed.map((flag) => `--${flag}`).join(' and ')} after ${TAKEN_UP_LIMIT_MS / 1000} s; see ${layout.log('supervisor')} and ${layout.log('backup')}, or 'kubernode down' and 'kubernode up'`);
  };
  await waitUntil(look, { limitMs: TAKEN_UP_LIMIT_MS, pollMs: POLL_MS, clock, signal });
  return true;
}

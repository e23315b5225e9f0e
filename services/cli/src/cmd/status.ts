import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { coordinationV1Resources } from '@kubernode/api';
import { errorMessage, timeLimit, type Clock } from '@kubernode/base';
import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { backupFault } from '../backup/backup-health.ts';
import { readFailure } from '../backup/backup-failure.ts';
import { listBackups } from '../backup/backup-folder.ts';
import { openAdminClient } from '../cluster/admin-client.ts';
import { loadClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { readStartTimes } from '../cluster/start-times.ts';
import { readSupervisorStatus } from '../cluster/watch-start.ts';
import { readPidFile } from '../host/pid-file.ts';
import { residentBytes } from '../host/resident-memory.ts';
import type { ProcessStatus } from '../supervisor/process-spec.ts';
import { dirOption } from './cluster-options.ts';
import { formatAge, formatTable } from './format-table.ts';

const options = optionTable({ ...dirOption });
const LEADERS = ['kube-scheduler', 'kube-controller-manager'] as const;
const DAY_MS = 86_400_000;
const LEASE_TIMEOUT_MS = 2000;

/** Says which process runs where, who leads, how old certificates are, what it costs. Exit status 1 when something is not as it should be. */
export const statusCommand: Command = {
  name: 'status', summary: 'say which process runs where, who leads, how old certificates are', options,
  async run(context: CommandContext) {
    const { options: { dir }, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const layout = layoutOf(dir);
    const config = loadClusterConfig(layout.configFile);
    if (!config) { context.stdout.write(`There is no cluster in ${dir}.\n`); return 1; }
    if (!readPidFile(layout.pidFile('supervisor'))) { context.stdout.write(`The cluster in ${dir} is down; 'kubernode up' brings it up.\n`); return 1; }
    const processes = readSupervisorStatus(layout);
    context.stdout.write(`${formatTable(['PROCESS', 'PID', 'STATE', 'RESTARTS', 'AGE', 'MEMORY'], processes.map((one) => processRow(one, context.clock)))}\n`);
    const backups = describeBackups({ layout, config, processes }, context.clock);
    context.stdout.write(`${await describeLeaders(layout, config, context)}${describeCertificates(layout, context.clock)}${backups.text}${describeCost(layout, processes)}`);
    return processes.every((one) => one.ready) && backups.isWell ? 0 : 1;
  },
};

function processRow({ name, pid, ready, restarts, startedAt, lastExit }: ProcessStatus, clock: Clock): string[] {
  const state = pid === 0 ? `ended (${lastExit ?? 'never started'})` : ready ? 'ready' : 'starting';
  return [name, pid === 0 ? '-' : String(pid), state, String(restarts), pid === 0 ? '-' : formatAge(clock.now() - startedAt), pid === 0 ? '-' : megabytes(residentBytes(pid))];
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

async function describeLeaders(layout: Layout, config: ClusterConfig, { clock, signal }: CommandContext): Promise<string> {
  const client = openAdminClient(layout, config);
  using limit = timeLimit({ clock, ms: LEASE_TIMEOUT_MS }, signal);
  try {
    const lines = await Promise.all(LEADERS.map(async (name) => {
      const lease = await client.get(coordinationV1Resources.leases, { namespace: 'kube-system', name }, { signal: limit.signal });
      const { holderIdentity, acquireTime, leaseTransitions = 0 } = lease.spec ?? {};
      const since = acquireTime === undefined ? '' : ` for ${formatAge(clock.now() - Date.parse(acquireTime))}`;
      return `${name} is led by ${holderIdentity === undefined || holderIdentity === '' ? 'nobody' : holderIdentity}${since} (changes of leader: ${leaseTransitions})\n`;
    }));
    return lines.join('');
  } catch (error) {
    return `The API does not answer: ${errorMessage(error)}\n`;
  } finally { client.close(); }
}

function describeCertificates(layout: Layout, clock: Clock): string {
  const certificates = readdirSync(layout.pki('')).filter((file) => file.endsWith('.crt')).map((file) => ({ file, certificate: new X509Certificate(readFileSync(layout.pki(file))) }));
  const ages = certificates.map(({ file, certificate }) => ({ file, age: clock.now() - Date.parse(certificate.validFrom), left: Date.parse(certificate.validTo) - clock.now() })).sort((a, b) => a.left - b.left);
  const [next] = ages;
  if (!next) return '';
  const oldest = Math.max(...ages.map((one) => one.age));
  return `${ages.length} certificates, the oldest ${formatAge(oldest)} old; ${next.file} is the first to end, in ${Math.floor(next.left / DAY_MS)} days\n`;
}

function describeBackups({ layout, config: { backupEveryMs }, processes }: { layout: Layout; config: ClusterConfig; processes: readonly ProcessStatus[] }, clock: Clock): { text: string; isWell: boolean } {
  if (backupEveryMs === undefined) return { text: '', isWell: true };
  const [newest] = listBackups(layout.backupsDir);
  const fault = backupFault({ everyMs: backupEveryMs, newest, failure: readFailure(layout.backupsDir), sinceMs: processes.find(({ name }) => name === 'backup')?.startedAt ?? 0 }, clock.now());
  const last = newest === undefined ? 'There is no backup yet' : `The last backup is ${formatAge(clock.now() - newest.createdAt)} old (${newest.file})`;
  return { text: `${last}${fault === undefined ? '' : `; the next one ${fault === 'overdue' ? 'is overdue' : fault}`}\n`, isWell: fault === undefined };
}

/** The figures of the README: what our own processes hold, and how long the last start took. */
function describeCost(layout: Layout, processes: readonly ProcessStatus[]): string {
  const ours = processes.filter(({ name, pid }) => pid > 0 && /^(apiserver|scheduler|controller-manager|node|simulated-nodes)/.test(name));
  const counted = ours.filter(({ name }) => !/^(scheduler|controller-manager)-[1-9]/.test(name));
  const sum = (list: readonly ProcessStatus[]): string => megabytes(list.reduce((total, one) => total + residentBytes(one.pid), 0));
  const times = readStartTimes(layout);
  const start = times === undefined ? '' : `Started in ${(times.readyMs / 1000).toFixed(1)} s, the control plane in ${(times.controlPlaneMs / 1000).toFixed(1)} s\n`;
  return `Memory: ${sum(counted)} for API servers, one scheduler, one controller manager and nodes; ${sum(ours)} with the stand-bys\n${start}`;
}

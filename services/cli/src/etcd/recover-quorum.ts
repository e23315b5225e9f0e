import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock, Rng } from '@kubernode/base';
import { newUid } from '@kubernode/apimachinery';
import { UserError } from '@kubernode/component-base';
import { leaderOf, observeEtcd } from '@kubernode/rpc';
import { writeStream } from '../backup/write-stream.ts';
import { saveClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import type { Layout } from '../cluster/layout.ts';
import { etcdFounding } from '../cluster/process-plan.ts';
import { readPidFile } from '../host/pid-file.ts';
import { openEtcd, type EtcdTarget } from './etcd-target.ts';
import { memberFolders } from './member-folders.ts';
import { startScratchEtcd } from './scratch-etcd.ts';
import { HELD, swapData, type Step } from './swap-data.ts';

export interface RecoverOptions {
  target: EtcdTarget;
  /** Whose data are taken. */
  from: number;
  program: string;
  bumpRevision: number;
  step: Step;
  clock: Clock;
  rng: Rng;
  signal: AbortSignal;
}

const COUNT_TIMEOUT_MS = 60_000;

/**
 * A new cluster from what one member has, after the majority was lost for good. Its data are copied first; etcd itself brings the copy up as
 * a member alone, with all that its log holds; then all members begin anew with that, at a revision that no watcher has seen: writes that
 * only the lost members had are gone, and nobody may think otherwise.
 */
export async function recoverQuorum({ target, from, program, bumpRevision, step, clock, rng, signal }: RecoverOptions): Promise<void> {
  const { layout, config } = ownCluster(target);
  const folders = memberFolders(layout);
  if (!folders.includes(from)) throw new UserError(`etcd-${from} has no data in ${layout.etcdData(from)}${folders.length > 0 ? `; there are ${folders.map((one) => `etcd-${one}`).join(', ')}` : ''}`);
  await refuseWithMajority(target, signal);
  const folder = mkdtempSync(path.join(layout.dir, '.recover-')); // 0700, and on the disk where the data go
  try {
    const hold = readPidFile(layout.pidFile('supervisor')) === undefined ? [] : HELD;
    const snapshot = path.join(folder, 'snapshot.db');
    const found = await step(`what etcd-${from} has, with all of its log`, () => standalone({ data: layout.etcdData(from), folder, snapshot, program, clock, signal }));
    const members = Array.from({ length: config.etcdMembers }, (_, n) => n);
    const { etcdJoined: _, ...rest } = config;
    const renewed: ClusterConfig = { ...rest, etcdToken: `${config.name}-${newUid(rng)}` };
    await swapData({
      founding: etcdFounding(renewed), layout, hold, aside: folders, members, snapshot, bumpRevision, described: `${members.length} members with ${found.keys} keys at revision ${found.revision + bumpRevision}`, step, clock, signal,
    }, () => saveClusterConfig(layout.configFile, renewed));
  } finally { rmSync(folder, { recursive: true, force: true }); }
}

/** UserError for an etcd that is not kubernode's own. */
export function ownCluster({ cluster }: EtcdTarget): { config: ClusterConfig; layout: Layout } {
  if (cluster === undefined || cluster.config.etcdMembers === 0) throw new UserError('this is for the etcd that kubernode runs on this host; on others, see docs/backup.md');
  return cluster;
}

/** The copy is of a member that may be running: without a majority it writes nothing but its vote. */
async function standalone({ data, folder, snapshot, program, clock, signal }: { data: string; folder: string; snapshot: string; program: string; clock: Clock; signal: AbortSignal }): Promise<{ keys: number; revision: number }> {
  const dataDir = path.join(folder, 'data');
  cpSync(data, dataDir, { recursive: true });
  await using etcd = await startScratchEtcd({ program, dataDir, args: ['--force-new-cluster'], clock, signal });
  await writeStream(snapshot, etcd.admin.snapshot(etcd.endpoint, { signal }));
  const { count, revision } = await etcd.client.range({ key: '\0', rangeEnd: '\0', countOnly: true }, { signal, timeoutMs: COUNT_TIMEOUT_MS });
  return { keys: count, revision };
}

async function refuseWithMajority(target: EtcdTarget, signal: AbortSignal): Promise<void> {
  using etcd = openEtcd(target);
  const observed = await observeEtcd(etcd.admin, signal).catch(() => undefined); // nobody answers, which is what recovery is for
  signal.throwIfAborted();
  if (observed !== undefined && leaderOf(observed) !== undefined && observed.alarms !== undefined) throw new UserError("etcd has a majority and serves; a lost member is replaced with 'kubernode etcd replace-member', older data come back with 'kubernode restore'");
}

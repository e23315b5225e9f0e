import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Clock, Rng } from '@kubernode/base';
import { newUid } from '@kubernode/apimachinery';
import { replaceFileSync, UserError } from '@kubernode/component-base';
import { loadClusterConfig, parseClusterConfig, saveClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { etcdFounding } from '../cluster/process-plan.ts';
import { memberFolders } from '../etcd/member-folders.ts';
import { swapData, type Step } from '../etcd/swap-data.ts';
import { readPidFile } from '../host/pid-file.ts';
import { readArchive } from './archive.ts';
import { CONFIG_PATH, SNAPSHOT_PATH, type BackupManifest } from './backup-manifest.ts';
import { planRestore, type RestoreChoice, type RestorePlan } from './restore-plan.ts';
import { writeStream } from './write-stream.ts';

export interface RestoreInput {
  archive: string;
  dir: string;
  passphrase: string | undefined;
  choice: Omit<RestoreChoice, 'token'>;
  clock: Clock;
  rng: Rng;
  signal: AbortSignal;
}

/** An archive that was read and checked as a whole, and what restoring it would do. */
export interface PreparedRestore extends AsyncDisposable { manifest: BackupManifest; plan: RestorePlan; layout: Layout; snapshot: string; files: ReadonlyMap<string, Buffer> }

/** Reads the archive into the cluster's folder (the snapshot) and memory (keys and configuration), and decides. Nothing of the cluster is changed. */
export async function prepareRestore({ archive, dir, passphrase, choice, rng, signal }: RestoreInput): Promise<PreparedRestore> {
  const layout = layoutOf(dir);
  mkdirSync(layout.dir, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(path.join(layout.dir, '.restore-')); // 0700, and on the disk where the data go
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const snapshot = path.join(folder, 'snapshot.db');
    const files = new Map<string, Buffer>();
    const manifest = await readArchive(archive, async ({ path: name, bytes }, body) => {
      if (name === SNAPSHOT_PATH) { await writeStream(snapshot, body); return; }
      if (bytes > FILE_BYTES_MAX) throw new UserError(`${name} has ${bytes} bytes; keys and configuration have at most ${FILE_BYTES_MAX}`);
      const pieces: Buffer[] = [];
      for await (const piece of body) pieces.push(piece);
      files.set(name, Buffer.concat(pieces));
    }, { passphrase, signal });
    const archived = archivedConfig(files);
    const plan = planRestore({
      manifest, present: loadClusterConfig(layout.configFile), archived, isRunning: readPidFile(layout.pidFile('supervisor')) !== undefined, memberFolders: memberFolders(layout),
      presentKeys: comparison(manifest, (file) => (file.path.startsWith('pki/') ? [file.path.slice('pki/'.length), layout.pki(file.path.slice('pki/'.length))] : undefined)),
      presentSources: comparison(manifest, ({ source }) => (source === undefined ? undefined : [source, source])),
    }, { ...choice, token: `${archived?.name ?? 'kubernode'}-${newUid(rng)}` });
    return { manifest, plan, layout, snapshot, files, [Symbol.asyncDispose]: () => Promise.resolve(remove()) };
  } catch (error) {
    remove();
    throw error;
  }
}

const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Carries the plan out. Can be called again after a crash: what is held stays held until it succeeds. */
export async function runRestore({ manifest, plan, layout, snapshot, files }: PreparedRestore, { step, clock, signal }: { step: Step; clock: Clock; signal: AbortSignal }): Promise<void> {
  await swapData({
    layout, hold: plan.hold, aside: plan.aside, members: plan.members, snapshot, bumpRevision: plan.revision - manifest.etcd.revision, founding: etcdFounding(plan.config), step, clock, signal,
    described: `${plan.members.length} ${plan.members.length === 1 ? 'member' : 'members'} with ${manifest.etcd.keys} keys at revision ${plan.revision}`,
  }, (stamp) => putBack({ plan, layout, files, stamp }));
}

/** Keys first: a configuration without them would have new ones made. */
function putBack({ plan, layout, files, stamp }: { plan: RestorePlan; layout: Layout; files: ReadonlyMap<string, Buffer>; stamp: string }): void {
  for (const { file, replaces } of plan.files) {
    const target = file.source ?? layout.pki(file.path.slice('pki/'.length));
    if (replaces) renameSync(target, `${target}.before-${stamp}`);
    replaceFileSync(target, files.get(file.path)?.toString() ?? '', { mode: file.mode, dirMode: 0o755 }); // PEM, JSON and YAML: all of it is text
  }
  saveClusterConfig(layout.configFile, plan.config);
}

function archivedConfig(files: ReadonlyMap<string, Buffer>): ClusterConfig | undefined {
  const bytes = files.get(CONFIG_PATH);
  return bytes === undefined ? undefined : parseClusterConfig(bytes.toString(), `the archive's ${CONFIG_PATH}`);
}

/** Which of the archive's files are there, by a name of their own. */
function comparison(manifest: BackupManifest, placeOf: (file: BackupManifest['files'][number]) => readonly [string, string] | undefined): Map<string, 'same' | 'different'> {
  const found = new Map<string, 'same' | 'different'>();
  for (const file of manifest.files) {
    const [name, place] = placeOf(file) ?? [];
    if (name !== undefined && place !== undefined && existsSync(place)) found.set(name, createHash('sha256').update(readFileSync(place)).digest('hex') === file.sha256 ? 'same' : 'different');
  }
  return found;
}

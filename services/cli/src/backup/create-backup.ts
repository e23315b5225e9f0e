import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, type Clock } from '@kubernode/base';
import { UserError, version } from '@kubernode/component-base';
import { EtcdError, type EtcdAdmin, type EtcdClient, type EtcdStatus } from '@kubernode/rpc';
import { openEtcd, type EtcdTarget } from '../etcd/etcd-target.ts';
import { summarizeDatabase } from '../etcd/rewrite-database.ts';
import { writeArchive, type ArchiveMember } from './archive.ts';
import { CONFIG_PATH, SNAPSHOT_PATH, type BackupFile, type BackupManifest } from './backup-manifest.ts';
import { archiveName } from './backup-folder.ts';
import { writeStream } from './write-stream.ts';

export interface CreateBackupOptions {
  target: EtcdTarget;
  /** Where the archive is put. */
  to: string;
  /** Further files of the host, such as an encryption configuration. */
  include: readonly string[];
  passphrase: string | undefined;
  clock: Clock;
  signal: AbortSignal;
}

export interface CreatedBackup { file: string; bytes: number; manifest: BackupManifest }

/** It may read a lot. */
const COUNT_TIMEOUT_MS = 60_000;
const SECRET_MODE = 0o600, SECRET_FOLDER_MODE = 0o700;

/** Saves etcd and what else a cluster cannot be had again without. There is an archive when it resolves, and nothing otherwise. */
export async function createBackup({ target, to, include, passphrase, clock, signal }: CreateBackupOptions): Promise<CreatedBackup> {
  await mkdir(to, { recursive: true, mode: SECRET_FOLDER_MODE });
  const cluster = target.cluster?.config.name ?? 'etcd';
  const createdAt = new Date(clock.now()).toISOString();
  const unfinished = path.join(to, `.unfinished-${process.pid}`);
  using etcd = openEtcd(target);
  try {
    const { snapshot, description } = await saveSnapshot(etcd, target, { file: `${unfinished}.db`, signal });
    const members = [snapshot, ...filesOf(target, include)];
    const manifest: BackupManifest = {
      formatVersion: 1, createdAt, kubernode: version.kubernode, kubernetes: version.gitVersion, cluster, etcd: description, files: members.map(describeMember),
    };
    const file = path.join(to, archiveName({ cluster, createdAt, revision: description.revision, isEncrypted: passphrase !== undefined }));
    await writeArchive(unfinished, { manifest, members }, { passphrase, signal });
    await rename(unfinished, file);
    return { file, bytes: statSync(file).size, manifest };
  } finally { for (const rest of [unfinished, `${unfinished}.db`]) await rm(rest, { force: true }); }
}

/** The member to read from: one that is well and up to date, and if possible not the leader, which has enough to do. */
export function chooseMember(statuses: readonly { endpoint: string; status: EtcdStatus | undefined }[]): string {
  const well = statuses.flatMap(({ endpoint, status }) => (status !== undefined && !status.isLearner && status.leader !== 0n ? [{ endpoint, status }] : []));
  const applied = Math.max(...well.map(({ status }) => status.raftAppliedIndex));
  const upToDate = well.filter(({ status }) => applied - status.raftAppliedIndex <= LAG_MAX);
  const chosen = upToDate.find(({ status }) => status.leader !== status.memberId) ?? upToDate[0];
  if (chosen === undefined) throw new UserError(`no member of etcd at ${statuses.map(({ endpoint }) => endpoint).join(', ')} is well; see 'kubernode etcd status'`);
  return chosen.endpoint;
}

/** Entries of the log that a member may be behind at a busy moment. */
const LAG_MAX = 100;

interface Snapshot { snapshot: ArchiveMember; description: BackupManifest['etcd'] }

async function saveSnapshot({ client, admin }: { client: EtcdClient; admin: EtcdAdmin }, { endpoints }: EtcdTarget, { file, signal }: { file: string; signal: AbortSignal }): Promise<Snapshot> {
  const statuses = await Promise.all(endpoints.map(async (endpoint) => ({ endpoint, status: await admin.status(endpoint, { signal }).catch(() => undefined) }))); // who does not answer is not well
  const endpoint = chooseMember(statuses);
  const { bytes, sha256 } = await download(admin.snapshot(endpoint, { signal }), file);
  const { revision, compactRevision } = summarizeDatabase(file);
  const keys = await client.range({ key: '\0', rangeEnd: '\0', revision, countOnly: true }, { signal, timeoutMs: COUNT_TIMEOUT_MS });
  const hash = await comparableHash(admin, { endpoint, revision, compactRevision, signal });
  const status = statuses.find((one) => one.endpoint === endpoint)?.status;
  return {
    snapshot: { path: SNAPSHOT_PATH, bytes, sha256, mode: SECRET_MODE, from: file },
    description: { version: status?.version ?? '', clusterId: (status?.clusterId ?? 0n).toString(16), revision, compactRevision, keys: keys.count, ...(hash !== undefined && { hash }) },
  };
}

/** The live hash at the snapshot's revision; undefined when a compaction has come between, after which it is another. */
async function comparableHash(admin: EtcdAdmin, { endpoint, revision, compactRevision, signal }: { endpoint: string; revision: number; compactRevision: number; signal: AbortSignal }): Promise<number | undefined> {
  try {
    const { hash, compactRevision: now } = await admin.hashKv(endpoint, revision, { signal });
    return now === compactRevision ? hash : undefined;
  } catch (error) {
    if (error instanceof EtcdError && error.code === 'compacted') return undefined;
    throw error;
  }
}

async function download(pieces: AsyncIterable<Buffer>, file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  };
  await writeStream(file, counted());
  return { bytes, sha256: hash.digest('hex') };
}

/** Certificates, keys and configuration of a cluster of this host, and what the user names. */
function filesOf({ cluster }: EtcdTarget, include: readonly string[]): ArchiveMember[] {
  const members: ArchiveMember[] = [];
  const sources = new Set(include.map((file) => path.resolve(file)));
  if (cluster !== undefined) {
    const { config, layout } = cluster;
    members.push(readMember(CONFIG_PATH, layout.configFile));
    if (existsSync(layout.pki(''))) for (const name of readdirSync(layout.pki('')).sort()) if (statSync(layout.pki(name)).isFile()) members.push(readMember(`pki/${name}`, layout.pki(name)));
    if (config.tokenAuthFile !== undefined) sources.add(path.resolve(config.tokenAuthFile));
  }
  [...sources].forEach((source, n) => members.push({ ...readMember(`extra/${n}-${path.basename(source).replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, EXTRA_NAME_MAX)}`, source), source }));
  return members;
}

/** What a manifest says of a file. */
export function describeMember(member: ArchiveMember): BackupFile {
  const { from: _, ...file } = member;
  return file;
}

/** Names in an archive are bounded. */
const EXTRA_NAME_MAX = 60;

/** Files that are read whole: keys and configuration. */
function readMember(name: string, source: string): ArchiveMember {
  let from: Buffer;
  try { from = readFileSync(source); } catch (error) { throw new UserError(`cannot save ${source}: ${errorMessage(error)}`); }
  return { path: name, bytes: from.length, sha256: createHash('sha256').update(from).digest('hex'), mode: statSync(source).mode & 0o777, from };
}

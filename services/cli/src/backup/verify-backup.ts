import { mkdtempSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { makeDataFolder } from '../etcd/replace-data.ts';
import { SCRATCH, startScratchEtcd } from '../etcd/scratch-etcd.ts';
import { readArchive } from './archive.ts';
import { SNAPSHOT_PATH, type BackupManifest } from './backup-manifest.ts';
import { writeStream } from './write-stream.ts';

export interface VerifyOptions {
  passphrase: string | undefined;
  /** etcd, which tries the snapshot. */
  program: string;
  clock: Clock;
  signal: AbortSignal;
}

const COUNT_TIMEOUT_MS = 60_000;

/**
 * Restores an archive beside itself into an etcd of its own and compares what that has with what the cluster had: revision, number of keys,
 * and etcd's hash of all of it. UserError for any difference. Needs twice the snapshot's space for the time.
 */
export async function verifyBackup(archive: string, { passphrase, program, clock, signal }: VerifyOptions): Promise<BackupManifest> {
  const folder = mkdtempSync(path.join(path.dirname(path.resolve(archive)), '.verify-')); // 0700
  try {
    const snapshot = path.join(folder, 'snapshot.db');
    const manifest = await extractSnapshot(archive, snapshot, { passphrase, signal });
    const dataDir = path.join(folder, 'data');
    makeDataFolder({ dataDir, snapshot, bumpRevision: 0, founding: SCRATCH, name: SCRATCH.name });
    await using etcd = await startScratchEtcd({ program, dataDir, clock, signal });
    const { revision, count } = await etcd.client.range({ key: '\0', rangeEnd: '\0', countOnly: true }, { signal, timeoutMs: COUNT_TIMEOUT_MS });
    const expected = manifest.etcd;
    if (revision !== expected.revision) throw new UserError(`${archive}: etcd restored from it is at revision ${revision} and should be at ${expected.revision}`);
    if (count !== expected.keys) throw new UserError(`${archive}: etcd restored from it has ${count} keys and should have ${expected.keys}`);
    if (expected.hash !== undefined) {
      const { hash } = await etcd.admin.hashKv(etcd.endpoint, expected.revision, { signal });
      if (hash !== expected.hash) throw new UserError(`${archive}: etcd restored from it has other data than the cluster had: its hash is ${hash} and should be ${expected.hash}`);
    }
    return manifest;
  } finally { await rm(folder, { recursive: true, force: true }); }
}

/** As `verifyBackup`; an archive that fails gets another name, under which nobody takes it for a backup. */
export async function verifyOrSetAside(archive: string, options: VerifyOptions): Promise<void> {
  try { await verifyBackup(archive, options); } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await rename(archive, `${archive}.broken`);
    throw new UserError(`${error.message}; it is kept as ${archive}.broken`);
  }
}

/** Reads all of the archive, which checks all of it, and keeps the snapshot. */
export async function extractSnapshot(archive: string, to: string, options: { passphrase: string | undefined; signal: AbortSignal }): Promise<BackupManifest> {
  return readArchive(archive, async ({ path: name }, body) => {
    if (name !== SNAPSHOT_PATH) { for await (const piece of body) void piece; return; }
    await writeStream(to, body);
  }, options);
}

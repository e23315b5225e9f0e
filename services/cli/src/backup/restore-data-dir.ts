import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { makeDataFolder } from '../etcd/replace-data.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { extractSnapshot } from './verify-backup.ts';

/** A data folder for a member that is started by others than kubernode. */
export async function restoreDataDir(archive: string, { dataDir, passphrase, bumpRevision, signal }: { dataDir: string; passphrase: string | undefined; bumpRevision: number; signal: AbortSignal }): Promise<BackupManifest> {
  const parent = path.dirname(path.resolve(dataDir));
  await mkdir(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, '.restore-')); // 0700
  try {
    const snapshot = path.join(folder, 'snapshot.db');
    const manifest = await extractSnapshot(archive, snapshot, { passphrase, signal });
    makeDataFolder({ dataDir, snapshot, bumpRevision });
    return manifest;
  } finally { rmSync(folder, { recursive: true, force: true }); }
}

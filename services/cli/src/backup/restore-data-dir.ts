import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { makeDataFolder, type DataFolder } from '../etcd/replace-data.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { extractSnapshot } from './verify-backup.ts';

/** A data folder for a member that is started by others than kubernode. */
export async function restoreDataDir(archive: string, { passphrase, signal, ...folder }: Omit<DataFolder, 'snapshot'> & { passphrase: string | undefined; signal: AbortSignal }): Promise<BackupManifest> {
  const parent = path.dirname(path.resolve(folder.dataDir));
  await mkdir(parent, { recursive: true });
  const scratch = mkdtempSync(path.join(parent, '.restore-')); // 0700
  try {
    const snapshot = path.join(scratch, 'snapshot.db');
    const manifest = await extractSnapshot(archive, snapshot, { passphrase, signal });
    makeDataFolder({ ...folder, snapshot });
    return manifest;
  } finally { rmSync(scratch, { recursive: true, force: true }); }
}

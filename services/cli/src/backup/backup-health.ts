import type { StoredBackup } from './backup-folder.ts';
import type { BackupFailure } from './backup-failure.ts';

export interface BackupState { everyMs: number; newest: Pick<StoredBackup, 'createdAt' | 'file'> | undefined; failure: BackupFailure | undefined; /** Since when they are made. */ sinceMs: number }

/** Making one and verifying it takes a while. */
const OVERDUE_INTERVALS = 2;

/** What is wrong with scheduled backups; undefined when nothing is. */
export function backupFault({ everyMs, newest, failure, sinceMs }: BackupState, nowMs: number): string | undefined {
  if (failure !== undefined) return `failed: ${failure.message}`;
  const lastMs = Math.max(newest?.createdAt ?? 0, sinceMs);
  return nowMs - lastMs > OVERDUE_INTERVALS * everyMs ? 'overdue' : undefined;
}

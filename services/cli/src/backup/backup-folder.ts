import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

/** An archive in a folder, by its name alone: what is inside is not asked, so that encrypted ones are listed as well. */
export interface StoredBackup {
  file: string;
  cluster: string;
  /** ms since 1970. */
  createdAt: number;
  revision: number;
  bytes: number;
  isEncrypted: boolean;
}

export interface Retention {
  /** So many of the newest stay whatever their age; at least one. */
  keep: number;
  /** Older ones go, beyond those of `keep`; no matter how old when undefined. */
  keepDays: number | undefined;
}

const DAY_MS = 86_400_000;
const NAME = /^kubernode-([a-z0-9][a-z0-9-]*)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-r(\d{1,16})\.tar\.gz(\.enc)?$/;

/** Sorts by time within a cluster, and tells what one wants to know of an archive. */
export function archiveName({ cluster, createdAt, revision, isEncrypted }: { cluster: string; createdAt: string; revision: number; isEncrypted: boolean }): string {
  return `kubernode-${cluster}-${createdAt.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '')}-r${revision}.tar.gz${isEncrypted ? '.enc' : ''}`;
}

export function parseArchiveName(name: string): Omit<StoredBackup, 'file' | 'bytes'> | undefined {
  const [, cluster = '', year, month, day, hour, minute, second, revision, suffix] = NAME.exec(name) ?? [];
  if (cluster === '') return undefined;
  return { cluster, createdAt: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)), revision: Number(revision), isEncrypted: suffix !== undefined };
}

/** Newest first. */
export function listBackups(folder: string): StoredBackup[] {
  if (!existsSync(folder)) return [];
  const backups = readdirSync(folder).flatMap((name) => {
    const parsed = parseArchiveName(name);
    return parsed === undefined ? [] : [{ ...parsed, file: path.join(folder, name), bytes: statSync(path.join(folder, name)).size }];
  });
  return backups.sort((a, b) => b.createdAt - a.createdAt || b.revision - a.revision);
}

/** Which go: of each cluster on its own those that are beyond the newest `keep`, and too old where an age is given. */
export function planPrune(backups: readonly StoredBackup[], { keep, keepDays }: Retention, now: number): StoredBackup[] {
  const seen = new Map<string, number>();
  return backups.toSorted((a, b) => b.createdAt - a.createdAt || b.revision - a.revision).filter(({ cluster, createdAt }) => {
    const newer = seen.get(cluster) ?? 0;
    seen.set(cluster, newer + 1);
    return newer >= Math.max(1, keep) && (keepDays === undefined || now - createdAt > keepDays * DAY_MS);
  });
}

export function removeBackups(backups: readonly StoredBackup[]): void { for (const { file } of backups) rmSync(file, { force: true }); }

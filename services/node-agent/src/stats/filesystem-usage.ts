import { lstat, opendir, readdir, statfs } from 'node:fs/promises';
import path from 'node:path';

/** A file system as a whole. */
export interface FilesystemUsage { atMs: number; availableBytes: number; capacityBytes: number; usedBytes: number; inodes: number; inodesFree: number }

/** What a part of one takes. */
export interface DirectoryUsage { usedBytes: number; inodesUsed: number }

/** The one that holds `dir`; undefined when there is no such directory. */
export async function filesystemUsage(dir: string, nowMs: number): Promise<FilesystemUsage | undefined> {
  try {
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(dir);
    return { atMs: nowMs, availableBytes: bavail * bsize, capacityBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize, inodes: files, inodesFree: ffree };
  } catch { return undefined; } // removed meanwhile
}

const BLOCK_BYTES = 512;
/** Of one look at one directory: what a pod fills with more files than this is told as that many. */
const ENTRIES_MAX = 200_000;
/** Of one directory of logs. */
const FILES_MAX = 1000;

/** What `du` says: the blocks of everything below, each file once however many names it has, on this file system alone. Links are not followed. */
export async function directoryUsage(dir: string, signal?: AbortSignal): Promise<DirectoryUsage> {
  const seen = new Set<number>();
  let usedBytes = 0;
  const add = async (file: string, device?: number): Promise<{ isDirectory: boolean; device: number } | undefined> => {
    const stat = await lstat(file).catch(() => undefined); // removed meanwhile
    if (stat === undefined || (device !== undefined && stat.dev !== device) || seen.has(stat.ino)) return undefined;
    seen.add(stat.ino);
    usedBytes += stat.blocks * BLOCK_BYTES;
    return { isDirectory: stat.isDirectory(), device: stat.dev };
  };
  const root = await add(dir);
  const pending = root?.isDirectory === true ? [dir] : [];
  for (let at = pending.pop(); at !== undefined && signal?.aborted !== true; at = pending.pop()) {
    const entries = await opendir(at).catch(() => undefined); // removed meanwhile
    for await (const entry of entries ?? []) {
      if (seen.size >= ENTRIES_MAX) return { usedBytes, inodesUsed: seen.size };
      const file = path.join(at, entry.name);
      if ((await add(file, root?.device))?.isDirectory === true) pending.push(file);
    }
  }
  return { usedBytes, inodesUsed: seen.size };
}

/** The same of the files right in a directory, without it. */
export async function filesUsage(dir: string): Promise<DirectoryUsage> {
  const names = await readdir(dir).catch(() => []); // not made yet, or removed
  const stats = await Promise.all(names.slice(0, FILES_MAX).map((name) => lstat(path.join(dir, name)).catch(() => undefined))); // removed meanwhile
  const files = stats.filter((stat) => stat?.isFile() === true);
  return { usedBytes: files.reduce((total, stat) => total + (stat?.blocks ?? 0) * BLOCK_BYTES, 0), inodesUsed: files.length };
}

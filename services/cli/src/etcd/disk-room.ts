import { existsSync, statfsSync } from 'node:fs';
import { errorMessage, type Clock } from '@kubernode/base';
import { UserError, waitUntil } from '@kubernode/component-base';
import { EtcdError, type EtcdAdmin, type EtcdMember, type EtcdStatus } from '@kubernode/rpc';
import { formatBytes } from '../cmd/backup-options.ts';
import type { LocalMember } from './deployed-member.ts';
import type { EtcdTarget } from './etcd-target.ts';

/** Where the data of a member on this host are, and what their disk has left. */
export interface DataDisk extends LocalMember { freeBytes: number }

/** etcd lays out its next log in one piece of 64 MB. */
const LOW_BYTES = 64 * 1024 ** 2;
/** etcd counts what a compaction has freed with one of the next writes, of which API servers have some every second. */
const COUNTED_WITHIN_MS = 10_000;
const POLL_MS = 250;

/** Of the members on this host. */
export function dataDisks({ local }: Pick<EtcdTarget, 'local'>): DataDisk[] {
  return local.filter(({ folder }) => existsSync(folder)).map(({ member, folder }) => {
    const { bavail, bsize } = statfsSync(folder);
    return { member, folder, freeBytes: bavail * bsize };
  });
}

/** One sentence for each member that ends, or soon will, since it cannot write. */
export function fullDisks(disks: readonly DataDisk[]): string[] {
  return disks.filter(({ freeBytes }) => freeBytes < LOW_BYTES).map(({ member, folder, freeBytes }) => `the disk of ${member} (${folder}) has ${formatBytes(freeBytes)} left, and etcd ends when it cannot write: make room on it`);
}

/** What a task of etcd fails with, and whether a full disk is why. */
export async function tellingFullDisks<T>(target: Pick<EtcdTarget, 'local'>, task: () => Promise<T>): Promise<T> {
  try { return await task(); } catch (error) {
    const full = fullDisks(dataDisks(target).filter(({ folder }) => !errorMessage(error).includes(folder))); // of the others it tells itself
    if (full.length === 0 || !(error instanceof EtcdError || error instanceof UserError)) throw error;
    throw new UserError(`${errorMessage(error)}; ${full.join('; ')}`);
  }
}

export interface RoomToDefragment { disks: readonly DataDisk[]; admin: Pick<EtcdAdmin, 'status'>; clock: Clock; signal: AbortSignal }

/**
 * UserError unless the disk of a member takes a copy of what is in use: defragmenting writes one, and etcd 3.4 ends itself when it does not fit.
 * Members on other hosts are believed to have the room.
 */
export async function assertRoomToDefragment({ name, clientUrls }: EtcdMember, status: EtcdStatus, { disks, admin, clock, signal }: RoomToDefragment): Promise<void> {
  const disk = disks.find(({ member }) => member === name);
  if (disk === undefined) return;
  let known: EtcdStatus | undefined = status; // for the first look
  const look = async (): Promise<string | undefined> => {
    const { dbSizeInUse } = known ?? await admin.status(clientUrls[0] ?? '', { signal });
    known = undefined;
    if (dbSizeInUse < disk.freeBytes) return undefined;
    return `${name} has ${formatBytes(dbSizeInUse)} in use and is defragmented by a copy of that, but its disk (${disk.folder}) has ${formatBytes(disk.freeBytes)} left: make room on it, then run this again`;
  };
  await waitUntil(look, { limitMs: COUNTED_WITHIN_MS, pollMs: POLL_MS, clock, signal });
}

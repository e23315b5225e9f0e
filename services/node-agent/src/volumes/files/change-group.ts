import { chmodSync, chownSync, lchownSync, type Stats, statSync } from 'node:fs';
import type { WaitOptions } from '@kubernode/base';
import { walkTree } from './walk-tree.ts';

export interface GroupChange extends WaitOptions {
  gid: number;
  /** The group may read, not write. */
  readOnly: boolean;
  /** With OnRootMismatch nothing is done where the root is as it should be. */
  policy?: string | undefined;
  /** Told of each file that was looked at. */
  onFile?: () => void;
}

const READ_WRITE = 0o660;
const READ_ONLY = 0o440;
const EXECUTE = 0o110;
const SET_GID = 0o2000;

/** Gives all of a volume to a group. Files that cannot be changed are passed over, as Kubernetes does. */
export async function changeGroup(root: string, { gid, readOnly, policy, onFile, signal }: GroupChange): Promise<void> {
  if (policy === 'OnRootMismatch' && hasGroup(statSync(root), { gid, readOnly })) return;
  const mask = readOnly ? READ_ONLY : READ_WRITE;
  await walkTree(root, {
    signal,
    visit: ({ file, at }) => {
      onFile?.();
      const { stats } = file;
      try {
        if (stats.isSymbolicLink()) { if (at !== undefined) lchownSync(`${at.dir.path}/${at.name}`, stats.uid, gid); return; } // a link's mode means nothing
        chownSync(file.path, stats.uid, gid);
        chmodSync(file.path, (stats.mode & 0o7777) | mask | (stats.isDirectory() ? SET_GID | EXECUTE : 0));
      } catch { /* such a file stays as it is: the pod finds out */ }
    },
  });
}

function hasGroup(stats: Stats, { gid, readOnly }: { gid: number; readOnly: boolean }): boolean {
  const wanted = (readOnly ? READ_ONLY : READ_WRITE) | EXECUTE;
  return stats.gid === gid && stats.isDirectory() && (stats.mode & wanted) === wanted && (stats.mode & SET_GID) !== 0;
}

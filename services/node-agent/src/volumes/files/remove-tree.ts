import { renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { rmdir, unlink } from 'node:fs/promises';
import { errorCode, isMissing } from './error-code.ts';
import { OpenPath } from './open-path.ts';
import { type TreeEntry, walkTree } from './walk-tree.ts';

/**
 * Removes a tree of one file system: links are removed, never followed, and what is mounted in it makes it fail. One that is not there
 * counts as removed.
 */
export async function removeTree(root: string): Promise<void> {
  try {
    for (let round = 0; await removeOnce(root, round) > 0; round++) ; // what lay too deep lies higher now
    await rmdir(root).catch((error: unknown) => { if (errorCode(error) !== 'ENOTDIR') throw error; return unlink(root); });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Resolves to how many directories were moved up, to be removed in the next round. */
async function removeOnce(root: string, round: number): Promise<number> {
  let moved = 0;
  using top = OpenPath.open(root);
  await walkTree(root, {
    visit: ({ file, at }) => {
      if (at === undefined) return;
      if (file.stats.isDirectory()) rmdirSync(`${at.dir.path}/${at.name}`); else unlinkSync(`${at.dir.path}/${at.name}`);
    },
    onTooDeep: ({ at }: TreeEntry) => { if (at !== undefined) renameSync(`${at.dir.path}/${at.name}`, `${top.path}/..deep-${round}-${moved++}`); },
  });
  return moved;
}

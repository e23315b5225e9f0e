import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';

/** A path led out of the directory that it must stay in. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
  readonly code = 'ELOOP';
}

/**
 * Opens a file or directory for reading that lies below `root`, wherever links on the way lead. Who can write there, as pods with a
 * hostPath on a folder of logs can, reaches nothing else of the host by a link. What was opened is looked at, so that no exchange in
 * between helps; and a pipe that waits for its writer holds nobody up.
 */
export async function openBeneath(root: string, target: string): Promise<FileHandle> {
  const realRoot = await realpath(root);
  const handle = await open(target, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const opened = await readlink(`/proc/self/fd/${handle.fd}`);
    const stat = await handle.stat();
    const isInside = opened === realRoot || opened.startsWith(`${realRoot}/`);
    if (!isInside || !(stat.isFile() || stat.isDirectory())) throw new OutsideError(`open ${target}: too many levels of symbolic links`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

import { rmdir } from 'node:fs/promises';
import type { Mounter } from '../mounter.ts';
import { isMissing } from './error-code.ts';

/** Unmounts all at and below a directory and removes the directory, which must be empty then: data is never deleted. */
export async function removeMountPoint(mounter: Mounter, dir: string): Promise<void> {
  for (const point of await mounter.mountsBelow(dir)) await mounter.unmount(point);
  await rmdir(dir).catch((error: unknown) => { if (!isMissing(error)) throw error; });
}

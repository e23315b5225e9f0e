import { mkdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './error-code.ts';

/** Has a link, below the pod's directory, to a device: what its containers get. */
export async function linkDevice(link: string, device: string): Promise<void> {
  if (await readlink(link).catch(() => undefined) === device) return; // missing, or another one: made anew
  await mkdir(path.dirname(link), { recursive: true, mode: 0o750 });
  await unlink(`${link}~`).catch(() => undefined); // of an attempt that broke off
  await symlink(device, `${link}~`);
  await rename(`${link}~`, link);
}

export async function unlinkDevice(link: string): Promise<void> {
  await unlink(link).catch((error: unknown) => { if (!isMissing(error)) throw error; });
}

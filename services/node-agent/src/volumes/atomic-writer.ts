import { chmod, chown, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface PayloadFile { data: Buffer; mode: number; uid?: number | undefined; gid?: number | undefined }
/** Files of a volume by path relative to its root. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const DATA_LINK = '..data';

/**
 * Replaces a volume's files so that a reader sees all old ones or all new ones:
 *
 *     ..2026_11_21_11_00_00.123/   a version
 *     ..data -> ..2026_…           swapped by rename
 *     key -> ..data/key            what users open
 *
 * Resolves to whether anything changed.
 */
export async function writeAtomically(dir: string, payload: Payload, { nowMs }: { nowMs: number }): Promise<boolean> {
  const current = await currentVersion(dir);
  if (current !== undefined && await sameContent(path.join(dir, current), payload)) {
    await linkNames(dir, payload); // a crash between swap and links is healed here
    return false;
  }
  const name = versionName(nowMs);
  const version = name === current ? `${name}_` : name; // twice within a millisecond
  await writeVersion(path.join(dir, version), payload);
  await symlinkOver(version, path.join(dir, DATA_LINK));
  await linkNames(dir, payload);
  await removeStale(dir, { payload, version });
  return true;
}

async function currentVersion(dir: string): Promise<string | undefined> {
  try { return await readlink(path.join(dir, DATA_LINK)); } catch { return undefined; } // none yet
}

async function sameContent(versionDir: string, payload: Payload): Promise<boolean> {
  try {
    const entries = await readdir(versionDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(versionDir, path.join(entry.parentPath, entry.name)));
    if (files.length !== payload.size) return false;
    for (const [name, { data, mode }] of payload) {
      const file = path.join(versionDir, name);
      if (((await lstat(file)).mode & 0o777) !== mode || !data.equals(await readFile(file))) return false;
    }
    return true;
  } catch { return false; } // unreadable counts as different: it is written anew
}

async function writeVersion(versionDir: string, payload: Payload): Promise<void> {
  await mkdir(versionDir, { recursive: true, mode: 0o755 });
  for (const [name, { data, mode, uid, gid }] of payload) {
    const file = path.join(versionDir, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, data);
    if (uid !== undefined || gid !== undefined) await chown(file, uid ?? 0, gid ?? 0);
    await chmod(file, mode); // after the owner, whose change clears bits
  }
}

async function symlinkOver(target: string, link: string): Promise<void> {
  const temporary = `${link}_tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, link);
}

const topName = (name: string): string => name.split('/')[0] ?? name;

async function linkNames(dir: string, payload: Payload): Promise<void> {
  for (const name of new Set([...payload.keys()].map(topName))) {
    const link = path.join(dir, name);
    const target = path.join(DATA_LINK, name);
    const existing = await readlink(link).catch(() => undefined); // missing, or not a link: made below
    if (existing !== target) await symlinkOver(target, link);
  }
}

async function removeStale(dir: string, { payload, version }: { payload: Payload; version: string }): Promise<void> {
  const names = new Set([...payload.keys()].map(topName));
  for (const entry of await readdir(dir)) {
    if (entry === DATA_LINK || entry === version || names.has(entry)) continue;
    if (entry.startsWith('..')) await rm(path.join(dir, entry), { recursive: true, force: true });
    else await unlink(path.join(dir, entry)).catch(() => undefined); // a file that is not ours stays
  }
}

function versionName(nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().replace('Z', '').split('T');
  return `..${date.replaceAll('-', '_')}_${time.replaceAll(':', '_')}`;
}

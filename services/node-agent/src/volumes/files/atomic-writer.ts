import { chmod, lchown, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VolumeError } from '../volume-error.ts';
import { changeGroup } from './change-group.ts';

export interface PayloadFile { data: Buffer; mode: number; uid?: number | undefined }
/** Files of a volume by path relative to its root. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export interface AtomicWriteOptions {
  nowMs: number;
  /** The group that may read the files. */
  gid?: number | undefined;
}

const DATA_LINK = '..data';
const PATH_BYTES_MAX = 4096;
const NAME_BYTES_MAX = 255;

/**
 * Replaces a volume's files so that a reader sees all old ones or all new ones:
 *
 *     ..2026_11_21_11_00_00.123/   a version
 *     ..data -> ..2026_…           swapped by rename
 *     key -> ..data/key            what users open
 *
 * Resolves to whether anything changed.
 */
export async function writeAtomically(dir: string, given: Payload, { nowMs, gid }: AtomicWriteOptions): Promise<boolean> {
  const payload = cleanPayload(given);
  const current = await currentVersion(dir);
  if (current !== undefined && await sameContent(path.join(dir, current), payload, gid)) {
    await linkNames(dir, payload); // a crash between swap and links is healed here
    return false;
  }
  const name = versionName(nowMs);
  const version = name === current ? `${name}_` : name; // twice within a millisecond
  await writeVersion(path.join(dir, version), payload);
  if (gid !== undefined) await changeGroup(dir, { gid, readOnly: true });
  await symlinkOver(version, path.join(dir, DATA_LINK));
  await linkNames(dir, payload);
  await removeStale(dir, { payload, version });
  return true;
}

/** By clean paths; throws for one that would lead out of the volume. */
function cleanPayload(payload: Payload): Payload {
  return new Map([...payload].map(([name, file]) => [checkedPath(name), file]));
}

function checkedPath(name: string): string {
  const fault = (why: string): VolumeError => new VolumeError(`invalid path: ${why}`);
  if (name === '') throw fault('must not be empty: ""');
  if (path.isAbsolute(name)) throw fault(`must be relative path: ${name}`);
  if (Buffer.byteLength(name) > PATH_BYTES_MAX) throw fault(`must be less than or equal to ${PATH_BYTES_MAX} characters`);
  const items = name.split('/');
  if (items.includes('..')) throw fault(`must not contain '..': ${name}`);
  if (items.some((item) => Buffer.byteLength(item) > NAME_BYTES_MAX)) throw fault(`filenames must be less than or equal to ${NAME_BYTES_MAX} characters`);
  if (name.startsWith('..')) throw fault(`must not start with '..': ${name}`);
  return path.normalize(name);
}

async function currentVersion(dir: string): Promise<string | undefined> {
  try { return await readlink(path.join(dir, DATA_LINK)); } catch { return undefined; } // none yet
}

async function sameContent(versionDir: string, payload: Payload, gid: number | undefined): Promise<boolean> {
  try {
    const entries = await readdir(versionDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(versionDir, path.join(entry.parentPath, entry.name)));
    if (files.length !== payload.size) return false;
    for (const [name, { data, mode }] of payload) {
      const file = path.join(versionDir, name);
      const stats = await lstat(file);
      const expected = gid === undefined ? mode : mode | 0o440;
      if ((stats.mode & 0o7777) !== expected || stats.size !== data.length || !data.equals(await readFile(file))) return false;
    }
    return true;
  } catch { return false; } // unreadable counts as different: it is written anew
}

async function writeVersion(versionDir: string, payload: Payload): Promise<void> {
  await mkdir(versionDir, { recursive: true });
  await chmod(versionDir, 0o755); // whatever the umask
  for (const [name, { data, mode, uid }] of payload) {
    const file = path.join(versionDir, name);
    if (name.includes('/')) await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, data, { mode });
    if (uid !== undefined) await lchown(file, uid, (await lstat(file)).gid);
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

/** Removes links to what is gone and older versions; directories that others made, mount points mostly, stay. */
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

import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { CGROUP_MOUNT, cgroupVersion, type CgroupVersion } from '../cgroups/hierarchies.ts';

/**
 * The files of the host's control groups. They are read synchronously: the kernel answers from memory, and a read costs less than handing
 * it to another thread would.
 */
export class CgroupFiles {
  readonly #mount: string;
  readonly version: CgroupVersion;

  constructor(mount: string = CGROUP_MOUNT) {
    this.#mount = mount;
    this.version = cgroupVersion(mount);
  }

  /** `controller` is the hierarchy's name in version 1; version 2 has one for all. Undefined where the group, or the file, is not. */
  read(controller: string, group: string, file: string): string | undefined {
    return readText(path.join(this.#dir(controller, group), file));
  }

  #dir(controller: string, group: string): string { return path.join(this.#mount, this.version === 1 ? controller : '', group); }
}

/** Longer files are read in pieces. */
const PIECE_BYTES = 16 * 1024;
const piece = Buffer.allocUnsafe(PIECE_BYTES); // one for all: nothing else happens during a read

/** Undefined for a file that is not there, or whose process or group has ended meanwhile. Node's own reading takes twice as long for files of the kernel, whose size nobody knows. */
export function readText(file: string): string | undefined {
  let text = '';
  try {
    const handle = openSync(file, 'r');
    try {
      for (let length = readSync(handle, piece); length > 0; length = readSync(handle, piece)) text += piece.toString('latin1', 0, length);
    } finally { closeSync(handle); }
    return text;
  } catch { return undefined; }
}

/** Lines of `KEY VALUE`. Pure. */
export function parseFlat(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return values;
}

/** A file that is one number, or `max` for none. Pure. */
export function parseLimit(text: string | undefined): number | undefined {
  const value = text === undefined ? NaN : Number(text);
  return Number.isNaN(value) || value < 0 || value >= UNLIMITED ? undefined : value;
}

/** The kernel says "no limit" by a number of this size, rounded to pages. */
const UNLIMITED = 2 ** 62;

import { mkdir, stat, writeFile } from 'node:fs/promises';
import { VolumeError } from './compute-payload.ts';

/** Checks, or makes, what a hostPath volume names, by its type. */
export async function prepareHostPath(path: string, type: string): Promise<void> {
  const found = await stat(path).catch(() => undefined); // missing is judged by type below
  switch (type) {
    case '': return;
    case 'DirectoryOrCreate':
      if (found === undefined) { await mkdir(path, { recursive: true, mode: 0o755 }); return; }
      check(found.isDirectory(), path, 'a directory');
      return;
    case 'FileOrCreate':
      if (found === undefined) { await writeFile(path, '', { mode: 0o644 }); return; }
      check(found.isFile(), path, 'a file');
      return;
    case 'Directory': check(found?.isDirectory(), path, 'a directory'); return;
    case 'File': check(found?.isFile(), path, 'a file'); return;
    case 'Socket': check(found?.isSocket(), path, 'a socket file'); return;
    case 'CharDevice': check(found?.isCharacterDevice(), path, 'a character device'); return;
    case 'BlockDevice': check(found?.isBlockDevice(), path, 'a block device'); return;
    default: throw new VolumeError(`${type} is an invalid volume type`);
  }
}

function check(holds: boolean | undefined, path: string, what: string): void {
  if (holds !== true) throw new VolumeError(`hostPath type check failed: ${path} is not ${what}`);
}

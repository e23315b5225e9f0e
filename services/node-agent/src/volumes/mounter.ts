import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Mounts, as the kernel keeps them. */
export interface Mounter {
  mountTmpfs(dir: string, options: { sizeBytes: number | undefined; mode: string }): Promise<void>;
  unmount(dir: string): Promise<void>;
  /** Mount points at or below the directory, deepest first. */
  mountsBelow(dir: string): Promise<readonly string[]>;
}

const run = promisify(execFile);

export const systemMounter: Mounter = {
  async mountTmpfs(dir, { sizeBytes, mode }) {
    await run('mount', ['-t', 'tmpfs', '-o', `mode=${mode}${sizeBytes === undefined ? '' : `,size=${sizeBytes}`},nosuid,nodev`, 'tmpfs', dir]);
  },
  async unmount(dir) { await run('umount', [dir]); },
  async mountsBelow(dir) { return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'), dir); },
};

/** The fifth field of each line is the mount point; spaces in it are octal. */
export function parseMountinfo(text: string, dir: string): string[] {
  const points = text.split('\n').map((line) => (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
  return points.filter((point) => point === dir || point.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length);
}

/** Mounts in memory alone, for tests. */
export function createFakeMounter(): Mounter & { mounted: Set<string> } {
  const mounted = new Set<string>();
  return {
    mounted,
    mountTmpfs: (dir) => { mounted.add(dir); return Promise.resolve(); },
    unmount: (dir) => { mounted.delete(dir); return Promise.resolve(); },
    mountsBelow: (dir) => Promise.resolve([...mounted].filter((point) => point === dir || point.startsWith(`${dir}/`))),
  };
}

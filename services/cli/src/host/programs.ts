import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const ALSO_IN = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const CNI_DIRS = ['/opt/cni/bin', '/usr/lib/cni'];

/** The absolute path of a program on PATH or in a system folder; undefined when there is none. */
export function findProgram(name: string, searchPath: string | undefined): string | undefined {
  const dirs = [...(searchPath ?? '').split(':').filter((dir) => dir !== ''), ...ALSO_IN];
  return dirs.map((dir) => path.join(dir, name)).find(isExecutable);
}

/** The folder of CNI plugins that has those a node needs. */
export function findCniBinDir(): string | undefined {
  return CNI_DIRS.find((dir) => ['bridge', 'host-local', 'portmap', 'loopback'].every((plugin) => isExecutable(path.join(dir, plugin))));
}

function isExecutable(file: string): boolean {
  try { accessSync(file, constants.X_OK); return true; } catch { return false; } // not there or not ours to run: both mean no
}

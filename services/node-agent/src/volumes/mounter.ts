import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { errorMessage } from '@kubernode/base';
import { mountedAt, type MountPoint, parseMountInfo, pointsBelow } from './mount-info.ts';

export interface MountRequest {
  source: string;
  target: string;
  /** Empty for bind mounts. */
  type: string;
  options: readonly string[];
  /** The source is taken as it stands: a descriptor's path leads to what is open, which its resolved name need not. */
  verbatim?: boolean;
}

/** Mounts, as the kernel keeps them. */
export interface Mounter {
  /** Rejects with the kubelet's words. */
  mount(request: MountRequest): Promise<void>;
  unmount(dir: string): Promise<void>;
  /** All of this process's namespace, in the order in which they were made. */
  list(): Promise<readonly MountPoint[]>;
  /** Mount points at or below the directory, deepest first. */
  mountsBelow(dir: string): Promise<readonly string[]>;
}

/** A mount of a dead server must not hold up the node; the kernel may go on with it. */
const MOUNT_TIMEOUT_MS = 120_000;
const UNMOUNT_TIMEOUT_MS = 60_000;

export const systemMounter: Mounter = {
  async mount({ source, target, type, options, verbatim = false }) {
    const flags = [...(verbatim ? ['--no-canonicalize'] : []), ...(type === '' ? [] : ['-t', type]), ...(options.length === 0 ? [] : ['-o', options.join(',')])];
    const fault = await run('mount', [...flags, '--', source, target], MOUNT_TIMEOUT_MS); // a source that begins with a dash is no flag
    if (fault !== undefined) throw new Error(`mount failed: ${fault.status}\nMounting command: mount\nMounting arguments: ${[...flags, source, target].join(' ')}\nOutput: ${fault.output}`);
  },
  async unmount(dir) {
    let fault = await run('umount', [dir], UNMOUNT_TIMEOUT_MS);
    if (fault?.timedOut === true) fault = await run('umount', ['-f', dir], UNMOUNT_TIMEOUT_MS); // the server of a network file system is gone
    if (fault !== undefined && mountedAt(await this.list(), dir) !== undefined) throw new Error(`unmount failed: ${fault.status}\nUnmounting arguments: ${dir}\nOutput: ${fault.output}`);
  },
  async list() { return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8')); },
  async mountsBelow(dir) { return pointsBelow(await this.list(), dir); },
};

interface Fault { status: string; output: string; timedOut: boolean }

function run(command: string, args: readonly string[], timeoutMs: number): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) { resolve(undefined); return; }
      const status = typeof error.code === 'number' ? `exit status ${error.code}` : error.killed === true ? 'signal: killed' : errorMessage(error);
      resolve({ status, output: `${stdout}${stderr}`, timedOut: error.killed === true });
    });
  });
}

/** Mounts in memory alone, for tests. */
export function createFakeMounter(): Mounter & { mounts: MountPoint[]; requests: MountRequest[] } {
  const mounts: MountPoint[] = [];
  const requests: MountRequest[] = [];
  return {
    mounts, requests,
    mount(request) {
      requests.push(request);
      mounts.push({ point: request.target, root: '/', device: '0:1', type: request.type, source: request.source, readOnly: request.options.includes('ro') });
      return Promise.resolve();
    },
    unmount(dir) {
      const index = mounts.findLastIndex(({ point }) => point === dir);
      if (index >= 0) mounts.splice(index, 1);
      return Promise.resolve();
    },
    list: () => Promise.resolve([...mounts]),
    mountsBelow: (dir) => Promise.resolve(pointsBelow(mounts, dir)),
  };
}

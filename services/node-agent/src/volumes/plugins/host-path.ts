import { mkdir, open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { VolumeError } from '../volume-error.ts';
import type { VolumePlugin } from '../volume-plugin.ts';
import type { LocalPaths } from '../local-paths.ts';

/** Files and directories of the host as they are. Those of the local-path provisioner are made on first use. */
export function createHostPathPlugin({ localPaths }: { localPaths: Pick<LocalPaths, 'owns' | 'prepare'> }): VolumePlugin {
  return {
    name: 'kubernetes.io/host-path',
    supportsMountOptions: false,
    supports: ({ inline, persistent }) => (inline ?? persistent?.spec)?.hostPath !== undefined,
    uniqueName: ({ inline, persistent }) => `kubernetes.io/host-path/${(inline ?? persistent?.spec)?.hostPath?.path ?? ''}`,
    requiresRemount: () => false,
    async setUp({ spec: { inline, persistent, readOnly } }) {
      const { path = '', type = '' } = (inline ?? persistent?.spec)?.hostPath ?? {};
      if (path.split('/').includes('..')) throw new VolumeError(`invalid HostPath \`${path}\`: must not contain '..'`);
      if (localPaths.owns(path)) await localPaths.prepare(path);
      await checkHostPath(path, type);
      return { hostPath: path, readOnly };
    },
    tearDown: () => Promise.resolve(),
  };
}

type Kind = readonly [string, (stats: Stats) => boolean];

const KINDS: Readonly<Record<string, Kind>> = {
  Directory: ['a directory', (stats) => stats.isDirectory()],
  File: ['a file', (stats) => stats.isFile()],
  Socket: ['a socket file', (stats) => stats.isSocket()],
  CharDevice: ['a character device', (stats) => stats.isCharacterDevice()],
  BlockDevice: ['a block device', (stats) => stats.isBlockDevice()],
};

/** Checks what is there by the volume's type, and makes it where the type says so. */
export async function checkHostPath(path: string, type: string): Promise<void> {
  if (type === '') return;
  const [wanted = '', create] = type.split('OrCreate');
  const kind = KINDS[wanted];
  if (kind === undefined || (create !== undefined && wanted !== 'Directory' && wanted !== 'File')) throw new VolumeError(`${type} is an invalid volume type`);
  const found = await stat(path).catch(() => undefined); // what cannot be looked at counts as missing
  if (found === undefined && create !== undefined) {
    if (wanted === 'Directory') await mkdir(path, { recursive: true, mode: 0o755 });
    else await (await open(path, 'a', 0o644)).close();
    return;
  }
  const [what, holds] = kind;
  if (found === undefined || !holds(found)) throw new VolumeError(`hostPath type check failed: ${path} is not ${what}`);
}

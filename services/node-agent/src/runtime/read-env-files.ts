import { constants } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { ContainerConfigError } from '../pod/container-config-error.ts';
import type { Container } from '../pod/pod-facts.ts';

const FILE_BYTES_MAX = 1024 * 1024;

/** Reads the files of volumes that variables of a container are taken from, by `VOLUME/PATH`. */
export async function readEnvFiles({ env = [] }: Container, volumes: ReadonlyMap<string, { hostPath: string | undefined }>): Promise<(volume: string, file: string) => string> {
  const files = new Map<string, string | ContainerConfigError>();
  for (const { valueFrom } of env) {
    if (valueFrom?.fileKeyRef === undefined) continue;
    const { volumeName, path: file } = valueFrom.fileKeyRef;
    files.set(`${volumeName}/${file}`, await readInside(volumes.get(volumeName)?.hostPath, file).catch((error: unknown) => (error instanceof ContainerConfigError ? error : new ContainerConfigError("couldn't parse env file"))));
  }
  return (volume, file) => {
    const found = files.get(`${volume}/${file}`);
    if (typeof found === 'string') return found;
    throw found ?? new ContainerConfigError(`cannot find the volume "${volume}" referenced by FileKeyRef`);
  };
}

/** A container may have put a link into the volume that leads out of it: where the opened file lies decides, not its name. */
async function readInside(root: string | undefined, file: string): Promise<string> {
  if (root === undefined) throw new ContainerConfigError('cannot find the volume referenced by FileKeyRef');
  await using handle = await open(path.join(root, file), constants.O_RDONLY | constants.O_NONBLOCK);
  const [real, opened] = await Promise.all([realpath(root), readlink(`/proc/self/fd/${handle.fd}`)]);
  const { size, isRegular } = await handle.stat().then((stat) => ({ size: stat.size, isRegular: stat.isFile() }));
  if (!opened.startsWith(`${real}/`) || !isRegular || size > FILE_BYTES_MAX) throw new ContainerConfigError("couldn't parse env file");
  return handle.readFile('utf8');
}

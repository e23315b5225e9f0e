import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Mounter } from './mounter.ts';

/** What keeps a directory from being deleted; the message is for the one who asked. */
export class LocalPathInUse extends Error {
  override readonly name = 'LocalPathInUse';
}

/** As the provisioner names volumes: after their claim's uid. Nothing else in the directory is ours. */
const VOLUME_NAME = /^pvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The directories of volumes that the local-path provisioner made for claims, one below the other's root. Only direct children with a
 * volume's name are ever touched, so that no name leads anywhere else.
 */
export class LocalPaths {
  readonly #root: string;
  readonly #mounter: Pick<Mounter, 'mountsBelow'>;

  constructor({ root, mounter }: { root: string; mounter: Pick<Mounter, 'mountsBelow'> }) {
    this.#root = path.resolve(root);
    this.#mounter = mounter;
  }

  /** Whether the directory is one of a volume's. */
  owns(dir: string): boolean {
    return path.dirname(dir) === this.#root && VOLUME_NAME.test(path.basename(dir));
  }

  /** Makes the directory of a volume, writable for whatever user its containers run as. What is there is left as it is. */
  async prepare(dir: string): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o711 });
    const made = await mkdir(dir, { recursive: true });
    if (made !== undefined) await chmod(dir, 0o777); // mkdir's mode is cut by the umask
  }

  /** Deletes a volume's directory with all that is in it; one that is not there counts as deleted. Links are removed, never followed. */
  async remove(name: string, isUsed: (dir: string) => boolean): Promise<void> {
    const dir = path.join(this.#root, name);
    if (!VOLUME_NAME.test(name) || !this.owns(dir)) throw new RangeError(`"${name}" is not the name of a volume of this node`);
    if (isUsed(dir)) throw new LocalPathInUse(`volume ${name} is still used by a pod`);
    if ((await this.#mounter.mountsBelow(dir)).length > 0) throw new LocalPathInUse(`something is mounted in volume ${name}`);
    const found = await lstat(dir).catch(() => undefined); // gone already
    if (found?.isDirectory() === true) await rm(dir, { recursive: true, force: true });
  }
}

import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';

/** Opens for naming alone: nothing is read, no device is touched, no pipe waited for. Linux' O_PATH, which Node does not name. */
const O_PATH = 0o10000000;

/**
 * A file held by descriptor. However names change meanwhile, `path` leads to this very file: the kernel resolves it from the descriptor.
 * What lies below a directory is opened as `path/NAME`, one component at a time, which is what `openat` does.
 */
export class OpenPath implements Disposable {
  readonly #fd: number;
  readonly stats: Stats;

  private constructor(fd: number) {
    this.#fd = fd;
    try { this.stats = fstatSync(fd); } catch (error) { closeSync(fd); throw error; }
  }

  /** The file itself, also where it is a link. Throws as `open` does. */
  static open(file: string): OpenPath {
    return new OpenPath(openSync(file, O_PATH | constants.O_NOFOLLOW));
  }

  /** As this process sees it. */
  get path(): string { return `/proc/self/fd/${this.#fd}`; }
  /** As other processes see it, `mount` for one, while it is open here. */
  get foreignPath(): string { return `/proc/${process.pid}/fd/${this.#fd}`; }

  /** What a directory has under a name, which must be a single component. */
  child(name: string): OpenPath {
    if (!isComponent(name)) throw new RangeError(`"${name}" is not the name of a file`);
    return OpenPath.open(`${this.path}/${name}`);
  }

  [Symbol.dispose](): void { closeSync(this.#fd); }
}

export function isComponent(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

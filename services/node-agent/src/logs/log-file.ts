import { type FileHandle, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { openBeneath } from './open-beneath.ts';
import { tailStart } from './tail-start.ts';

const CHUNK_BYTES = 64 * 1024;

/** A container's log, read forwards as it grows and is rotated. */
export class LogFile implements AsyncDisposable {
  readonly #root: string;
  readonly #path: string;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #handle: FileHandle;
  #inode: number;
  #position = 0;

  private constructor({ root, file, handle, inode }: { root: string; file: string; handle: FileHandle; inode: number }) {
    this.#root = root;
    this.#path = file;
    this.#handle = handle;
    this.#inode = inode;
  }

  /** `root` is what links may not lead out of. */
  static async open(root: string, file: string): Promise<LogFile> {
    const handle = await openBeneath(root, file);
    return new LogFile({ root, file, handle, inode: (await handle.stat()).ino });
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.#handle.close(); }

  async seekTail(count: number, signal: AbortSignal): Promise<void> { this.#position = await tailStart(this.#handle, count, signal); }

  /** What comes next, good until the next call; undefined at the end that the file has now. */
  async read(): Promise<Buffer | undefined> {
    const { bytesRead } = await this.#handle.read(this.#chunk, 0, CHUNK_BYTES, this.#position);
    this.#position += bytesRead;
    return bytesRead === 0 ? undefined : this.#chunk.subarray(0, bytesRead);
  }

  /** Whether the runtime writes to another file by now, so that nothing more comes into this one. */
  async isRotated(): Promise<boolean> {
    const now = await stat(this.#path).catch(() => undefined); // between rename and reopen there is none
    return now !== undefined && now.ino !== this.#inode;
  }

  /** Goes on with the file that was begun after this one: a reader who was slow may have missed several rotations. */
  async openNext(): Promise<void> {
    const next = await openBeneath(this.#root, await this.#next());
    await this.#handle.close();
    this.#handle = next;
    this.#inode = (await next.stat()).ino;
    this.#position = 0;
  }

  async #next(): Promise<string> {
    const dir = path.dirname(this.#path);
    const prefix = `${path.basename(this.#path)}.`;
    const rotated = (await readdir(dir)).filter((name) => name.startsWith(prefix) && /\d$/.test(name)).sort(); // set aside and not compressed
    const inodes = await Promise.all(rotated.map(async (name) => (await stat(path.join(dir, name)).catch(() => undefined))?.ino));
    const mine = inodes.indexOf(this.#inode);
    const later = mine < 0 ? undefined : rotated[mine + 1];
    return later === undefined ? this.#path : path.join(dir, later);
  }
}

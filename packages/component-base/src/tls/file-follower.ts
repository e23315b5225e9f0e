import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '../logger.ts';
import { UserError } from '../options.ts';

/** How often files are looked at. Contents are compared, so that links that are moved are noticed, too. */
const POLL_MS = 5_000;

/** The text of a file now; throws a UserError when it cannot be read. */
export type ReadText = (file: string) => string;

/** From the disk. */
export const readText: ReadText = (file) => {
  try { return readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`cannot read ${file}: ${errorMessage(error)}`); }
};

export interface FileFollowerOptions { clock: Pick<Clock, 'sleep'>; logger: Pick<Logger, 'info' | 'error'> }

/** A value made of files. `texts`: of each file that was read for it last, undefined for one that could not be read. */
interface Followed { refresh(): void; texts: Map<string, string | undefined> }

/**
 * Certificates, keys and configurations that may be replaced while a process runs. What is made of several files is made of all of them anew when
 * one changes; what cannot be made (half a file, a certificate whose key has not come yet) is told, counted, and leaves in use what was before.
 */
export class FileFollower {
  readonly #options: FileFollowerOptions;
  readonly #followed = new Set<Followed>();
  /** Texts in use, by file. */
  readonly #inUse = new Map<string, string>();
  #failures = 0;
  #changes = 0;

  constructor(options: FileFollowerOptions) { this.#options = options; }

  /** Files in use with their texts, for those who show what they are. */
  get filesInUse(): ReadonlyMap<string, string> { return this.#inUse; }
  /** How often changed files could not be used. */
  get failures(): number { return this.#failures; }
  /** How often changed files were taken up. */
  get changes(): number { return this.#changes; }

  /** The text of a file now; UserError when it cannot be read. */
  read(path: string): string { return readText(path); }

  /** Makes a value of files, hands it to `take`, and again whenever one of those files has changed, until disposed. Throws what either throws the first time; later that is logged. */
  follow<T>(load: (read: ReadText) => T, take: (value: T) => void): Disposable {
    const followed: Followed = {
      texts: new Map(),
      refresh: () => {
        const texts = new Map<string, string | undefined>();
        try {
          take(load((file) => {
            texts.set(file, undefined);
            const text = this.read(file);
            texts.set(file, text);
            return text;
          }));
          followed.texts = texts;
        } catch (error) {
          for (const [file, text] of texts) followed.texts.set(file, text); // told once, not at each look
          throw error;
        }
        for (const [file, text] of texts) if (text !== undefined) this.#inUse.set(file, text);
      },
    };
    followed.refresh();
    this.#followed.add(followed);
    return { [Symbol.dispose]: () => { this.#followed.delete(followed); } };
  }

  /** Looks at the files until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#options.clock.sleep(POLL_MS, { signal });
        for (const one of this.#followed) await this.#look(one);
      }
    } catch (error) { if (!isAbortError(error)) throw error; }
  }

  async #look(followed: Followed): Promise<void> {
    const changed = (await Promise.all([...followed.texts].map(async ([file, text]) => {
      const now = await readFile(file, 'utf8').catch(() => undefined); // away for the moment: the making of the value says so
      return now === text ? [] : [file];
    }))).flat();
    if (changed.length === 0) return;
    const files = changed.join(', ');
    try {
      followed.refresh();
      this.#changes++;
      this.#options.logger.info('took up a changed file', { files });
    } catch (error) {
      this.#failures++;
      this.#options.logger.error('cannot take up a file', { files, error: errorMessage(error) });
    }
  }
}

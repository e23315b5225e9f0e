import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import { UserError, type Logger } from '@kubernode/component-base';

/** How often files are looked at. Contents are compared, so that links that are moved are noticed, too. */
const POLL_MS = 5_000;

interface Followed { path: string; text: string; take(text: string): void }

/** Certificates, keys and configurations that may be replaced while the server runs. */
export class FileFollower {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #logger: Pick<Logger, 'info' | 'error'>;
  readonly #followed: Followed[] = [];

  constructor({ clock, logger }: { clock: Pick<Clock, 'sleep'>; logger: Pick<Logger, 'info' | 'error'> }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The text of a file now; UserError when it cannot be read. */
  read(path: string): string {
    try { return readFileSync(path, 'utf8'); } catch (error) { throw new UserError(`cannot read ${path}: ${errorMessage(error)}`); }
  }

  /** Calls `take` with each later text. What throws is logged, and what was before stays in use. */
  follow(path: string, text: string, take: (text: string) => void): void {
    this.#followed.push({ path, text, take });
  }

  /** Looks at the files until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#clock.sleep(POLL_MS, { signal });
        for (const one of this.#followed) await this.#look(one);
      }
    } catch (error) { if (!isAbortError(error)) throw error; }
  }

  async #look(one: Followed): Promise<void> {
    try {
      const text = await readFile(one.path, 'utf8');
      if (text === one.text) return;
      one.text = text; // a faulty text is told once, not at each look
      one.take(text);
      this.#logger.info('took up a changed file', { file: one.path });
    } catch (error) {
      this.#logger.error('cannot take up a file', { file: one.path, error: errorMessage(error) });
    }
  }
}

import { abortError, onAbort } from './abort.ts';
import type { WaitOptions } from './clock.ts';

/** At most `permits` holders at once; the others wait in order. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(permits: number) { this.#free = permits; }

  get waiting(): number { return this.#waiting.size; }

  /** Runs `task` while holding a permit. Rejects with an AbortError when aborted before its turn. */
  async run<T>(task: () => Promise<T>, options: WaitOptions = {}): Promise<T> {
    await this.#acquire(options);
    try { return await task(); } finally { this.#release(); }
  }

  #acquire({ signal }: WaitOptions): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(abortError(signal));
    if (this.#free > 0) { this.#free--; return Promise.resolve(); }
    return new Promise((resolve, reject) => {
      const enter = (): void => { link[Symbol.dispose](); resolve(); };
      const link = onAbort(signal, () => { this.#waiting.delete(enter); reject(abortError(signal as AbortSignal)); }); // only called with a signal
      this.#waiting.add(enter);
    });
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) { this.#free++; return; }
    this.#waiting.delete(next);
    next(); // the permit passes on without becoming free
  }
}

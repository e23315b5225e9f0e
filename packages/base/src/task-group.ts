import { isAbortError, linkSignals } from './abort.ts';

/**
 * Background tasks that live and die together: the first that fails aborts all others, and `done` settles when every
 * one has ended, with that first failure. A task that ends by abort counts as a clean end. So a dead loop never looks alive.
 */
export class TaskGroup {
  readonly #controller: AbortController & Disposable;
  readonly #tasks = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor(parent?: AbortSignal) { this.#controller = linkSignals(parent); }

  /** Aborted when the parent is, when `stop` is called, or when a task fails. */
  get signal(): AbortSignal { return this.#controller.signal; }

  /** Starts a task; it must end soon after its signal is aborted. */
  spawn(task: (signal: AbortSignal) => Promise<void>): void {
    const running = task(this.signal).catch((error: unknown) => {
      if (isAbortError(error) && this.signal.aborted) return;
      this.#failure ??= { error };
      this.#controller.abort();
    }).finally(() => { this.#tasks.delete(running); });
    this.#tasks.add(running);
  }

  stop(): void { this.#controller.abort(); }

  /** Settles when no task is left; rejects with the first failure. */
  async done(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    this.#controller[Symbol.dispose]();
    if (this.#failure) throw this.#failure.error;
  }
}

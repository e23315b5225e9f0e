import { linkSignals, onAbort } from '@kubernode/base';
import type { ReadLimits, Watcher, WatchEvent } from '@kubernode/storage';

/** A watcher that ends quietly when a signal aborts. */
export class EndingWatcher implements Watcher {
  readonly #inner: Watcher;
  readonly #ended: AbortSignal;
  readonly #subscription: Disposable;
  #listener: (() => void) | undefined;

  constructor(inner: Watcher, ended: AbortSignal) {
    this.#inner = inner;
    this.#ended = ended;
    this.#subscription = onAbort(ended, () => this.#listener?.());
  }

  get revision(): number { return this.#inner.revision; }

  read(limits: ReadLimits): readonly WatchEvent[] {
    this.#ended.throwIfAborted();
    return this.#inner.read(limits);
  }

  onReadable(listener: () => void): void {
    this.#listener = listener;
    this.#inner.onReadable(listener);
  }

  async next({ maxEvents, signal }: { maxEvents: number; signal: AbortSignal }): Promise<readonly WatchEvent[]> {
    using either = linkSignals(signal, this.#ended);
    return await this.#inner.next({ maxEvents, signal: either.signal });
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#inner[Symbol.dispose]();
  }
}

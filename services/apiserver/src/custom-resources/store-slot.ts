import { linkSignals } from '@kubernode/base';
import type { RunnableObjectStore } from '@kubernode/storage';

/** The store of a custom resource, kept through all changes of its definition and closed with it. */
export class StoreSlot {
  readonly store: RunnableObjectStore;
  readonly #life = new AbortController();

  /** `run` keeps the store's cache up to date until the signal that it is given aborts. */
  constructor(store: RunnableObjectStore, run: (task: (signal: AbortSignal) => Promise<void>) => void) {
    this.store = store;
    run(async (signal) => {
      using ended = linkSignals(signal, this.#life.signal);
      await store.run(ended.signal);
    });
  }

  close(): void { this.#life.abort(); }
}

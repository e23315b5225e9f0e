/** Runs tasks of the same key one after the other, tasks of different keys side by side. */
export class KeyedSequencer<K> {
  readonly #tails = new Map<K, Promise<unknown>>();

  /** Runs `task` once all earlier tasks of `key` have settled; settles as the task does. */
  run<T>(key: K, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const current = before.then(task, task);
    const tail = current.then(() => undefined, () => undefined).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return current;
  }

  /** Resolves when no task is left. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

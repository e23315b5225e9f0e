type Fixture = Disposable | AsyncDisposable;

/**
 * What a test file starts before its tests. When one of several fails to start, or to end, the others are ended all the same: a process or
 * socket that is left keeps the test run from exiting.
 */
export class Fixtures implements AsyncDisposable {
  readonly #starting: Promise<Fixture | undefined>[] = [];

  /** Takes what is being started; who gets the promise back hears of failures. */
  use<T extends Fixture>(starting: T | Promise<T>): Promise<T> {
    const started = Promise.resolve(starting);
    this.#starting.push(started.catch(() => undefined));
    return started;
  }

  /** Ends everything, last first; rejects at the end with what went wrong. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const starting of this.#starting.splice(0).reverse()) {
      const fixture = await starting;
      try {
        if (fixture !== undefined) await (Symbol.asyncDispose in fixture ? fixture[Symbol.asyncDispose]() : fixture[Symbol.dispose]());
      } catch (error) { failures.push(error); }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some fixtures did not end');
  }
}

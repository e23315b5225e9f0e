import { onAbort } from './abort.ts';

/** Something to do came up: lets one loop sleep until then. What rings while nobody sleeps is not forgotten. */
export class WakeUp {
  #rang = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Resolves once it has rung since the last time, or the signal aborts. */
  async heard(signal: AbortSignal): Promise<void> {
    if (!this.#rang) {
      const rang = new Promise<void>((resolve) => { this.#wake = resolve; });
      using _aborted = onAbort(signal, () => this.#wake?.());
      await rang;
    }
    this.#rang = false;
    this.#wake = undefined;
  }
}

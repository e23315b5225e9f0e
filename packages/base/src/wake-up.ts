import { onAbort } from './abort.ts';
import type { Clock } from './clock.ts';

/** Something to do came up: lets one loop sleep until then. What rings while nobody sleeps is not forgotten. */
export class WakeUp {
  #rang = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Whether it has rung since this was asked or heard the last time. */
  take(): boolean {
    const rang = this.#rang;
    this.#rang = false;
    return rang;
  }

  /** Resolves once it has rung since the last time, or the signal aborts. */
  async heard(signal: AbortSignal): Promise<void> {
    await this.#wait(signal);
    this.take();
  }

  /** The same for at most `ms`; whether it has rung. */
  async heardWithin({ clock, ms }: { clock: Clock; ms: number }, signal: AbortSignal): Promise<boolean> {
    if (ms > 0) await this.#wait(signal, (wake) => clock.after(ms, wake));
    return this.take();
  }

  async #wait(signal: AbortSignal, until?: (wake: () => void) => Disposable): Promise<void> {
    if (this.#rang) return;
    let wake = (): void => undefined;
    const rang = new Promise<void>((resolve) => { wake = resolve; });
    this.#wake = wake;
    using _aborted = onAbort(signal, wake);
    using _timer = until?.(wake);
    await rang;
    this.#wake = undefined;
  }
}

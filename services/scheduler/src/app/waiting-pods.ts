import { abortError, assert, onAbort, type Clock } from '@kubernode/base';
import type { WaitingPods } from '../framework/plugin.ts';
import { unschedulable, type Refused } from '../framework/verdict.ts';

interface Waiting { readonly pending: Map<string, Disposable>; settle(refused: Refused | undefined): void }
interface PreBinding { readonly stop: AbortController; begun: boolean }

/** A plugin may hold a pod no longer than this. */
export const PERMIT_WAIT_MAX_MS: number = 15 * 60_000;

/** Pods that have a node but are not bound: held by permit plugins, or in what comes before binding. */
export class PodsOnTheWay implements WaitingPods {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #preBinding = new Map<string, PreBinding>();

  constructor(clock: Clock) { this.#clock = clock; }

  uids(): readonly string[] { return [...this.#waiting.keys()]; }

  /** Resolves when all plugins allow it, or the first rejects it or has waited for too long; rejects when aborted. */
  hold(uid: string, waits: ReadonlyMap<string, number>, signal: AbortSignal): Promise<Refused | undefined> {
    assert(!this.#waiting.has(uid), 'a pod is placed once at a time');
    return new Promise((resolve, reject) => {
      const pending = new Map<string, Disposable>();
      const end = (): void => {
        for (const timer of pending.values()) timer[Symbol.dispose]();
        this.#waiting.delete(uid);
        link[Symbol.dispose]();
      };
      const settle = (refused: Refused | undefined): void => { end(); resolve(refused); };
      const link = onAbort(signal, () => { end(); reject(abortError(signal)); });
      this.#waiting.set(uid, { pending, settle });
      for (const [plugin, ms] of waits) {
        pending.set(plugin, this.#clock.after(Math.min(ms, PERMIT_WAIT_MAX_MS), () => { this.reject(uid, plugin, `rejected due to timeout after waiting ${formatSeconds(ms)} at plugin ${plugin}`); }));
      }
    });
  }

  allow(uid: string, plugin: string): void {
    const waiting = this.#waiting.get(uid);
    waiting?.pending.get(plugin)?.[Symbol.dispose]();
    waiting?.pending.delete(plugin);
    if (waiting?.pending.size === 0) waiting.settle(undefined);
  }

  reject(uid: string, plugin: string, message: string): boolean {
    const waiting = this.#waiting.get(uid);
    waiting?.settle({ plugin, verdict: unschedulable(message) });
    return waiting !== undefined;
  }

  /** For the time before binding; aborted by `cancelPreBind`. */
  startPreBind(uid: string): AbortSignal {
    const stop = new AbortController();
    this.#preBinding.set(uid, { stop, begun: false });
    return stop.signal;
  }

  /** From here on it is too late to cancel. */
  beginBinding(uid: string): void { const one = this.#preBinding.get(uid); if (one !== undefined) one.begun = true; }
  endPreBind(uid: string): void { this.#preBinding.delete(uid); }

  cancelPreBind(uid: string, message: string): boolean {
    const one = this.#preBinding.get(uid);
    if (one === undefined || one.begun) return false;
    one.stop.abort(new Error(message));
    return true;
  }
}

function formatSeconds(ms: number): string { return ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000}m0s` : `${ms / 1000}s`; }

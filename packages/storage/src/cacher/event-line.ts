import { onAbort, type Clock, type WaitOptions } from '@kubernode/base';
import type { EtcdEvent, KeyValue } from '@kubernode/rpc';
import type { ReadOutcome } from '../store/stored-values.ts';

export interface EventLineDependencies {
  read: (kv: KeyValue) => ReadOutcome | Promise<ReadOutcome>;
  /** Takes the events in their order; `outcome` is absent for deletions. */
  apply: (event: EtcdEvent, outcome: ReadOutcome | undefined) => void;
  /** The line is full: what was dropped has to be loaded. */
  onOverflow: () => void;
  clock: Clock;
}

/** Events that may wait for a plugin; with more, the cache is loaded anew. */
const WAITING_MAX = 100_000;

interface Waiting { event: EtcdEvent; outcome: ReadOutcome | undefined | Promise<ReadOutcome> }

/**
 * Keeps events in order while some values wait for a plugin to unseal their key. Usually nobody waits, and events pass at once.
 *
 *     feed ──▶ [ e7 (asking) | e8 (read) | e9 (deletion) ] ──▶ cache         held back: everything from e7 on
 */
export class EventLine {
  readonly #dependencies: EventLineDependencies;
  #waiting: Waiting[] = [];
  readonly #onMove = new Set<() => void>();

  constructor(dependencies: EventLineDependencies) { this.#dependencies = dependencies; }

  /** Events up to this revision have passed, as far as they were given; Infinity when none waits. */
  get passedRevision(): number {
    const [first] = this.#waiting;
    return first === undefined ? Infinity : first.event.kv.modRevision - 1;
  }

  push(event: EtcdEvent): void {
    const outcome = event.type === 'delete' ? undefined : this.#dependencies.read(event.kv);
    if (this.#waiting.length === 0 && !(outcome instanceof Promise)) { this.#dependencies.apply(event, outcome); return; }
    if (this.#waiting.length >= WAITING_MAX) { this.clear(); this.#dependencies.onOverflow(); return; }
    this.#waiting.push({ event, outcome });
    if (this.#waiting.length === 1) void this.#drain(this.#waiting);
  }

  /** Resolves true once no event up to `revision` waits any more, false after `timeoutMs`; rejects on abort. */
  async passed(revision: number, { signal, timeoutMs }: WaitOptions & { timeoutMs: number }): Promise<boolean> {
    if (this.passedRevision >= revision) return true;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => { timer[Symbol.dispose](); link[Symbol.dispose](); this.#onMove.delete(look); act(); };
      const look = (): void => { if (this.passedRevision >= revision) settle(() => resolve(true)); };
      const timer = this.#dependencies.clock.after(timeoutMs, () => settle(() => resolve(false)));
      this.#onMove.add(look);
      const link = onAbort(signal, () => settle(() => reject(signal?.reason as Error))); // an aborted signal has its error as reason
    });
  }

  /** Forgets who waits. */
  clear(): void {
    this.#waiting = [];
    this.#moved();
  }

  /** Lets events pass in order until `line` is empty, or is not the line any more. */
  async #drain(line: Waiting[]): Promise<void> {
    for (let [first] = line; first !== undefined; [first] = line) {
      const outcome = await first.outcome; // never rejects
      if (line !== this.#waiting) return;
      this.#dependencies.apply(first.event, outcome);
      line.shift();
      this.#moved();
    }
  }

  #moved(): void { for (const look of [...this.#onMove]) look(); }
}

import { sleepBy, type Clock } from '@kubernode/base';
import type { VirtualTime } from './virtual-time.ts';

/** When the world began, by a watch that goes right: 2026-01-01. */
const EPOCH_MS = 1_767_225_600_000;

/**
 * One run of a process. It meets the world by its clock and by what comes from the network; both pass through here, so it can be frozen
 * (as by SIGSTOP) and killed (as by SIGKILL) at any await: a dead one never goes on.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #time: VirtualTime;
  /** How far its wall clock is wrong. */
  skewMs = 0;
  /** How fast its clocks go, and what its monotonic one showed when they began to go so. */
  #pace = { speed: 1, sinceMs: 0, shownMs: 0 };
  #state: 'running' | 'frozen' | 'dead' = 'running';
  #held: (() => void)[] = [];
  readonly #onDeath = new Set<() => void>();

  constructor(name: string, time: VirtualTime) {
    this.name = name;
    this.#time = time;
    const after: Clock['after'] = (ms, callback) => time.after(ms / this.#pace.speed, () => { this.deliver(callback); });
    this.clock = { now: () => Math.floor(EPOCH_MS + time.nowMs + this.skewMs + this.#driftMs()), monotonicNow: () => this.#pace.shownMs + (time.nowMs - this.#pace.sinceMs) * this.#pace.speed, after, sleep: sleepBy(after) };
  }

  /** Its clocks go so many times as fast as the world's from now on; timers that are set already keep to theirs. At 1 the wall clock is right again. */
  goAt(speed: number): void { this.#pace = { speed, sinceMs: this.#time.nowMs, shownMs: this.clock.monotonicNow() }; }

  #driftMs(): number { return (this.#time.nowMs - this.#pace.sinceMs) * (this.#pace.speed - 1); }

  get state(): 'running' | 'frozen' | 'dead' { return this.#state; }
  get time(): VirtualTime { return this.#time; }

  /** Something comes to the process: now, when it thaws, or never. */
  deliver(call: () => void): void {
    if (this.#state === 'running') call();
    else if (this.#state === 'frozen') this.#held.push(call);
  }

  /** The outcome of something outside, as the process gets to know of it. */
  hear<T>(outcome: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      outcome.then((value) => { this.deliver(() => { resolve(value); }); }, (error: unknown) => { this.deliver(() => { reject(error instanceof Error ? error : new Error(String(error))); }); });
    });
  }

  freeze(): void { if (this.#state === 'running') this.#state = 'frozen'; }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    for (const call of held) call();
  }

  /** Nothing of it ever happens again, and the network notices. */
  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#held = [];
    const listeners = [...this.#onDeath];
    this.#onDeath.clear();
    for (const listener of listeners) listener();
  }

  onDeath(listener: () => void): Disposable {
    if (this.#state === 'dead') { listener(); return { [Symbol.dispose]: () => undefined }; }
    this.#onDeath.add(listener);
    return { [Symbol.dispose]: () => { this.#onDeath.delete(listener); } };
  }
}

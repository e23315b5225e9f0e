import { allSettled } from '@kubernode/base';

interface Timer { dueMs: number; /** Of two that are due at once, the one that was set first comes first. */ order: number; call: () => void; disposed: boolean }

/**
 * Time of a simulated world: it jumps from one thing that is due to the next, and only when nothing can happen any more at its moment.
 * With chance from a seed, everything that runs on it happens in the same order each time.
 */
export class VirtualTime {
  readonly #heap: Timer[] = [];
  #nowMs = 0;
  #order = 0;

  /** Since the world began. */
  get nowMs(): number { return this.#nowMs; }

  after(ms: number, call: () => void): Disposable {
    const timer = { dueMs: this.#nowMs + Math.max(ms, 0), order: this.#order++, call, disposed: false };
    this.#push(timer);
    return { [Symbol.dispose]: () => { timer.disposed = true; timer.call = nothing; } }; // what it would have called may be forgotten at once
  }

  sleep(ms: number): Promise<void> { return new Promise((resolve) => { this.after(ms, resolve); }); }

  /** Until `untilMs`, or until `step`, which is called after every moment, says that it is enough. */
  async runUntil(untilMs: number, step: () => boolean): Promise<void> {
    await allSettled();
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.disposed) continue;
      this.#nowMs = next.dueMs;
      next.call();
      await allSettled();
      if (step()) return;
    }
    this.#nowMs = untilMs;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(timer, heap[up] as Timer); up = (at - 1) >> 1) { heap[at] = heap[up] as Timer; at = up; } // indexes below the length
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const [left, right] = [heap[down], heap[down + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) down++;
      const child = heap[down] as Timer; // one of the two
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean { return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order); }
function nothing(): void {}

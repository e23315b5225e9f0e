import { sleepBy, type Clock } from '@kubernode/base';

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Moves on, calling what comes due in its order; what waits for that runs before this resolves. */
  advance(ms: number): Promise<void>;
}

interface Timer { dueMs: number; call: () => void }

/** Microtask turns that the consequences of one timer get before the next is called. */
const SETTLE_TURNS = 20;

export function createFakeClock(startMs = 0): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();
  const after = (ms: number, call: () => void): Disposable => {
    const timer = { dueMs: nowMs + ms, call };
    timers.add(timer);
    return { [Symbol.dispose]: () => { timers.delete(timer); } };
  };
  return {
    now: () => nowMs,
    monotonicNow: () => nowMs,
    after,
    sleep: sleepBy(after),
    async advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        await settle();
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.call();
      }
      nowMs = untilMs;
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < SETTLE_TURNS; i++) await Promise.resolve();
}

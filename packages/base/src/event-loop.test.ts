import { afterSilence, allSettled } from './event-loop.ts';
import { systemClock } from './clock.ts';

async function callsOf(ms: number, then: (timer: Disposable) => Promise<void> | void): Promise<number> {
  let calls = 0;
  const timer = afterSilence(systemClock, ms, () => { calls++; });
  await then(timer);
  await allSettled();
  return calls;
}

test('afterSilence calls once when nothing was heard', async () => {
  expect(await callsOf(1, () => systemClock.sleep(15))).toBe(1);
});

test('afterSilence does not call when something was heard', async () => {
  expect(await callsOf(5, async (timer) => { timer[Symbol.dispose](); await systemClock.sleep(15); })).toBe(0);
});

test('afterSilence lets what arrived while the process was busy be handled first', async () => {
  const busyMs = 20;
  expect(await callsOf(5, async (timer) => {
    const untilMs = systemClock.monotonicNow() + busyMs;
    while (systemClock.monotonicNow() < untilMs); // the timer is due meanwhile
    setImmediate(() => timer[Symbol.dispose]()); // as what waits in a socket: after timers
    await systemClock.sleep(busyMs);
  })).toBe(0);
});

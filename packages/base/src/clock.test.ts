import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import { systemClock } from './clock.ts';

test('sleep ends after its time, not before, and leaves no listener', async () => {
  const { signal } = new AbortController();
  const startedMs = systemClock.monotonicNow();
  await systemClock.sleep(20, { signal });
  expect(systemClock.monotonicNow() - startedMs).toBeGreaterThanOrEqual(19); // timers count whole milliseconds
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('sleep rejects as soon as it is aborted, also when that was before', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, { signal: stop.signal });
  stop.abort();
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  await expect(systemClock.sleep(60_000, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
});

test('sleep rejects with the reason that the abort was given', async () => {
  await expect(systemClock.sleep(60_000, { signal: AbortSignal.abort(new Error('shut down')) })).rejects.toThrow('shut down');
});

test('after calls once, unless disposed of', async () => {
  const calls: string[] = [];
  systemClock.after(1, () => calls.push('kept'));
  systemClock.after(1, () => calls.push('disposed'))[Symbol.dispose]();
  await systemClock.sleep(15);
  expect(calls).toEqual(['kept']);
});

test('now is the time of day and monotonicNow goes forward', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  const before = systemClock.monotonicNow();
  expect(systemClock.monotonicNow()).toBeGreaterThanOrEqual(before);
});

test('a timer of months ends when it is due: the system alone would end it at once', async () => {
  const MONTHS_MS = 60 * 86_400_000;
  const SYSTEM_MAX_MS = 2 ** 31 - 1;
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const ended: string[] = [];
    systemClock.after(MONTHS_MS, () => ended.push('timer'));
    systemClock.after(MONTHS_MS, () => ended.push('disposed'))[Symbol.dispose]();
    const sleeping = systemClock.sleep(MONTHS_MS).then(() => ended.push('sleep'));
    for (const ms of [SYSTEM_MAX_MS, SYSTEM_MAX_MS, MONTHS_MS - 2 * SYSTEM_MAX_MS - 1]) mock.timers.tick(ms);
    expect(ended).toEqual([]);
    mock.timers.tick(1);
    await sleeping;
    expect(ended).toEqual(['timer', 'sleep']);
  } finally { mock.timers.reset(); }
});

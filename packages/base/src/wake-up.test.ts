import { systemClock } from './clock.ts';
import { WakeUp } from './wake-up.ts';

test('a ring is heard once, also by whoever comes later, and an abort ends the wait', async () => {
  const wakeUp = new WakeUp();
  const ended = new AbortController();
  wakeUp.ring();
  await wakeUp.heard(ended.signal);
  const heard: string[] = [];
  const waiting = wakeUp.heard(ended.signal).then(() => { heard.push('second'); });
  await Promise.resolve();
  expect(heard).toEqual([]);
  wakeUp.ring();
  await waiting;
  const last = wakeUp.heard(ended.signal);
  ended.abort();
  await expect(last).resolves.toBeUndefined();
});

test('heardWithin tells a ring from the end of its time, and waits for neither where there is no time', async () => {
  const wakeUp = new WakeUp();
  const { signal } = new AbortController();
  const within = (ms: number): Promise<boolean> => wakeUp.heardWithin({ clock: systemClock, ms }, signal);
  expect([await within(1), await within(0)]).toEqual([false, false]);
  const waiting = within(60_000);
  wakeUp.ring();
  expect(await waiting).toBe(true);
  wakeUp.ring();
  expect([await within(0), wakeUp.take()]).toEqual([true, false]);
});

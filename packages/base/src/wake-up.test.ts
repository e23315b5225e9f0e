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

import { getEventListeners } from 'node:events';
import type { Clock } from './clock.ts';
import { timeLimit } from './time-limit.ts';

/** A clock whose only timer goes off by hand. */
function handClock(): { clock: Pick<Clock, 'after'>; fire: () => void; running: () => boolean } {
  let timer: (() => void) | undefined;
  return { clock: { after: (_ms, callback) => { timer = callback; return { [Symbol.dispose]: () => { timer = undefined; } }; } }, fire: () => { timer?.(); }, running: () => timer !== undefined };
}

test('timeLimit aborts when the time is over, and says so', () => {
  const { clock, fire } = handClock();
  const { signal } = timeLimit({ clock, ms: 2_500 });
  expect(signal.aborted).toBe(false);
  fire();
  expect(signal.reason).toMatchObject({ name: 'AbortError', message: 'no answer within 2.5 s' });
});

test('timeLimit aborts with a parent and its reason', () => {
  const parent = new AbortController();
  const { signal } = timeLimit({ clock: handClock().clock, ms: 1 }, undefined, parent.signal);
  parent.abort(new Error('shut down'));
  expect(String(signal.reason)).toBe('Error: shut down');
});

test('timeLimit leaves neither a timer nor a listener once it is disposed of', () => {
  const { clock, running } = handClock();
  const parent = new AbortController();
  { using _limit = timeLimit({ clock, ms: 1 }, parent.signal); expect(running()).toBe(true); }
  expect([running(), getEventListeners(parent.signal, 'abort').length]).toEqual([false, 0]);
});

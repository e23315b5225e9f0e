import { UserError } from './options.ts';
import { waitUntil } from './wait-until.ts';

let nowMs = 0;
const clock = { monotonicNow: () => nowMs, sleep: (ms: number) => { nowMs += ms; return Promise.resolve(); } };
const limits = (signal = new AbortController().signal): Parameters<typeof waitUntil>[1] => ({ limitMs: 100, pollMs: 40, clock, signal });
beforeEach(() => { nowMs = 0; });

test('waitUntil: ends with the look that finds nothing missing', async () => {
  const said = ['two', 'one', undefined];
  await waitUntil(() => Promise.resolve(said.shift()), limits());
  expect([said, nowMs]).toEqual([[], 80]);
});

test('waitUntil: tells what was missing last once the time is over', async () => {
  let looks = 0;
  await expect(waitUntil(() => Promise.resolve(`missing in look ${++looks}`), limits())).rejects.toThrow(new UserError('missing in look 4'));
});

test('waitUntil: ends by an abort, and by what the look throws', async () => {
  const stop = new AbortController();
  await expect(waitUntil(() => { stop.abort(new Error('enough')); return Promise.resolve('something'); }, limits(stop.signal))).rejects.toThrow('enough');
  await expect(waitUntil(() => Promise.reject(new Error('broken')), limits())).rejects.toThrow('broken');
});

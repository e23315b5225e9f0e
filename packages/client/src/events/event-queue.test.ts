import { silentLogger, type Logger } from '@kubernode/component-base';
import { createEventQueue } from './event-queue.ts';

test('createEventQueue drops what is too much, and tells of it once at each end', async () => {
  const told: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (message, fields) => { told.push([message, fields]); } };
  const written: number[] = [];
  const queue = createEventQueue<number>(logger, async (event) => { written.push(event); });
  for (let i = 0; i < 1200; i++) queue.push(i);
  expect(told).toEqual([['events are dropped: too many wait', { waiting: 1000 }]]);
  await queue.run(AbortSignal.abort());
  expect([written.length, written.at(-1)]).toEqual([1000, 999]);
  expect(told.slice(1)).toEqual([['events were dropped', { count: 200 }]]);
});

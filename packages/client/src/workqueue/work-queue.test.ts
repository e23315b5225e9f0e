import { createFakeClock } from '@kubernode/testing';
import { WorkQueue } from './work-queue.ts';

const signal = new AbortController().signal;

describe('WorkQueue', () => {
  test('gives each key once, in the order of adding', async () => {
    const queue = new WorkQueue({ name: 'q', clock: createFakeClock() });
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect([await queue.get(signal), await queue.get(signal), await queue.get(signal), queue.length]).toEqual(['a', 'b', 'c', 0]);
  });

  test('holds back a key that is worked on and gives it again once done', async () => {
    const queue = new WorkQueue({ name: 'q', clock: createFakeClock() });
    queue.add('a');
    await queue.get(signal);
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await queue.get(signal)).toBe('a');
  });

  test('delays grow with failures and start over when forgotten', async () => {
    const clock = createFakeClock();
    const queue = new WorkQueue({ name: 'q', clock, retryDelayMs: 10 });
    const delays: number[] = [];
    for (let i = 0; i < 4; i++) {
      if (i === 3) queue.forget('a');
      queue.addRateLimited('a');
      const before = clock.now();
      while (queue.length === 0) await clock.advance(1);
      delays.push(clock.now() - before);
      queue.done(await queue.get(signal));
    }
    expect(delays).toEqual([10, 20, 40, 10]);
  });

  test('of several delays the earliest counts', async () => {
    const clock = createFakeClock();
    const queue = new WorkQueue({ name: 'q', clock });
    queue.addAfter('a', 100);
    queue.addAfter('a', 20);
    queue.addAfter('a', 50);
    await clock.advance(20);
    queue.done(await queue.get(signal));
    await clock.advance(1000);
    expect([queue.length, queue.idle]).toEqual([0, true]);
  });

  test('waiting ends with the signal', async () => {
    const queue = new WorkQueue({ name: 'q', clock: createFakeClock() });
    const controller = new AbortController();
    const waiting = queue.get(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow('aborted');
  });
});

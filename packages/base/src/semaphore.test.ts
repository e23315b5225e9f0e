import { getEventListeners } from 'node:events';
import { Semaphore } from './semaphore.ts';

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('Semaphore lets no more in than it has permits, and the others in order', async () => {
  const semaphore = new Semaphore(2);
  const trace: number[] = [];
  let [inside, most] = [0, 0];
  await Promise.all(Array.from({ length: 10 }, (_, i) => semaphore.run(async () => {
    trace.push(i);
    most = Math.max(most, ++inside);
    await turn();
    inside--;
  })));
  expect([most, inside, trace, semaphore.waiting]).toEqual([2, 0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0]);
});

test('Semaphore gives a permit back when its task fails', async () => {
  const semaphore = new Semaphore(1);
  await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(semaphore.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
});

test('Semaphore lets a waiting one go when it is aborted, and loses no permit by that', async () => {
  const semaphore = new Semaphore(1);
  const stop = new AbortController();
  let release = (): void => undefined;
  const first = semaphore.run(() => new Promise<void>((resolve) => { release = resolve; }));
  const aborted = semaphore.run(() => Promise.resolve('never'), { signal: stop.signal });
  const patient = semaphore.run(() => Promise.resolve('third'));
  expect(semaphore.waiting).toBe(2);
  stop.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  await expect(semaphore.run(() => Promise.resolve('never'), { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  release();
  await expect(Promise.all([first, patient])).resolves.toEqual([undefined, 'third']);
});

test('Semaphore leaves no listener at the signal of one that had its turn', async () => {
  const semaphore = new Semaphore(1);
  const { signal } = new AbortController();
  await Promise.all([semaphore.run(turn, { signal }), semaphore.run(turn, { signal })]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

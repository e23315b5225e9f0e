import { getEventListeners } from 'node:events';
import { abortError, whenAborted } from './abort.ts';
import { TaskGroup } from './task-group.ts';

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('TaskGroup.done waits for every task, also for those that others start', async () => {
  const group = new TaskGroup();
  const trace: string[] = [];
  group.spawn(async () => { await turn(); group.spawn(async () => { await turn(); trace.push('inner'); }); trace.push('outer'); });
  await group.done();
  expect(trace).toEqual(['outer', 'inner']);
});

test('TaskGroup aborts all others with the first that fails and rejects with that one failure', async () => {
  const group = new TaskGroup();
  const trace: string[] = [];
  group.spawn(async (signal) => { await whenAborted(signal); await turn(); trace.push('the other has ended'); throw new Error('second'); });
  group.spawn(async () => { await turn(); throw new Error('first'); });
  await expect(group.done()).rejects.toThrow('first');
  expect(trace).toEqual(['the other has ended']);
});

test('TaskGroup takes an abort for a clean end, whether from its parent or from stop', async () => {
  for (const end of ['parent', 'stop'] as const) {
    const parent = new AbortController();
    const group = new TaskGroup(parent.signal);
    group.spawn(async (signal) => { await whenAborted(signal); throw abortError(signal); });
    if (end === 'parent') parent.abort(); else group.stop();
    await expect(group.done()).resolves.toBeUndefined();
    expect(parent.signal.aborted).toBe(end === 'parent');
  }
});

test('TaskGroup counts an AbortError as a failure when nobody aborted it', async () => {
  const group = new TaskGroup();
  group.spawn(() => Promise.reject(new DOMException('from elsewhere', 'AbortError')));
  await expect(group.done()).rejects.toThrow('from elsewhere');
});

test('TaskGroup leaves no listener at its parent', async () => {
  const parent = new AbortController();
  const group = new TaskGroup(parent.signal);
  group.spawn(turn);
  await group.done();
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
});

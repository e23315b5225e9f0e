import { createSharedRead } from './current-revision.ts';

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

interface Reads { ask: () => Promise<number>; pending: ((revision: number | Error) => void)[] }

function reads(): Reads {
  const pending: Reads['pending'] = [];
  return { pending, ask: createSharedRead(() => new Promise((resolve, reject) => { pending.push((revision) => { if (typeof revision === 'number') resolve(revision); else reject(revision); }); })) };
}

test('all who ask in one moment share one read, who asks after it began shares the next', async () => {
  const { ask, pending } = reads();
  const first = [ask(), ask()];
  await turn();
  await turn();
  expect(pending.length).toBe(1);
  const second = [ask(), ask()];
  await turn();
  await turn();
  expect(pending.length).toBe(1); // one is under way at most
  pending[0]?.(5);
  await turn();
  await turn();
  expect(pending.length).toBe(2);
  pending[1]?.(7);
  expect([await Promise.all(first), await Promise.all(second)]).toEqual([[5, 5], [7, 7]]);
});

test('a read that fails fails those who wait for it alone', async () => {
  const { ask, pending } = reads();
  const failing = ask().catch((error: unknown) => error);
  await turn();
  await turn();
  const next = ask();
  pending[0]?.(new Error('gone'));
  await turn();
  await turn();
  pending[1]?.(3);
  expect([await failing, await next]).toEqual([new Error('gone'), 3]);
});

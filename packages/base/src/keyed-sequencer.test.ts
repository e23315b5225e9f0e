import { KeyedSequencer } from './keyed-sequencer.ts';

/** A task that notes when it begins and ends when told. */
function controlled(trace: string[], name: string): { task: () => Promise<string>; end: () => void; fail: (error: Error) => void } {
  const { promise, resolve, reject } = deferred();
  return {
    task: async () => { trace.push(`${name} begins`); await promise; trace.push(`${name} ends`); return name; },
    end: resolve, fail: reject,
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<void>((resolve, reject) => { settle = { resolve, reject }; });
  return { promise, resolve: () => settle?.resolve(), reject: (error) => settle?.reject(error) };
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('KeyedSequencer runs one task of a key at a time and those of other keys beside it', async () => {
  const sequencer = new KeyedSequencer<string>();
  const trace: string[] = [];
  const [a1, a2, b1] = ['a1', 'a2', 'b1'].map((name) => controlled(trace, name));
  const results = [sequencer.run('a', a1!.task), sequencer.run('a', a2!.task), sequencer.run('b', b1!.task)];
  await turn();
  expect(trace).toEqual(['a1 begins', 'b1 begins']);
  a1!.end();
  await turn();
  expect(trace).toEqual(['a1 begins', 'b1 begins', 'a1 ends', 'a2 begins']);
  a2!.end();
  b1!.end();
  await expect(Promise.all(results)).resolves.toEqual(['a1', 'a2', 'b1']);
});

test('KeyedSequencer goes on after a task that failed, whose caller alone learns of it', async () => {
  const sequencer = new KeyedSequencer<string>();
  const failed = sequencer.run('a', () => Promise.reject(new Error('no')));
  const next = sequencer.run('a', () => Promise.resolve('yes'));
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe('yes');
});

test('KeyedSequencer.idle waits for tasks that are added while it waits', async () => {
  const sequencer = new KeyedSequencer<string>();
  const trace: string[] = [];
  void sequencer.run('a', async () => { await turn(); void sequencer.run('b', async () => { await turn(); trace.push('b'); }); trace.push('a'); });
  await sequencer.idle();
  expect(trace).toEqual(['a', 'b']);
  await sequencer.idle();
});

import { runProgram } from './run-program.ts';

test.each([
  ['its output', 'echo out; echo err >&2', {}, { status: 0, stdout: 'out\n', stderr: 'err\n' }],
  ['its status', 'exit 3', {}, { status: 3, stdout: '', stderr: '' }],
  ['its input', 'cat', { input: 'given' }, { status: 0, stdout: 'given', stderr: '' }],
  ['its end by time', 'exec sleep 60', { timeoutMs: 50 }, { status: 137, stdout: '', stderr: '' }],
])('runProgram tells %s', async (_, script, options, expected) => { expect(await runProgram('sh', ['-c', script], options)).toEqual(expected); });

test('runProgram says that a program is missing instead of failing', async () => {
  expect(await runProgram('/no/such/program', [], { input: 'x' })).toMatchObject({ status: 127, stderr: expect.stringContaining('ENOENT') });
});

test('runProgram ends the program when it is aborted', async () => {
  const stop = new AbortController();
  const running = runProgram('sleep', ['60'], { signal: stop.signal });
  stop.abort();
  expect((await running).status).toBe(137);
});

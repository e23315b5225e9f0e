import { PassThrough } from 'node:stream';
import { seededRng, systemClock } from '@kubernode/base';
import { noSubcommand, runCommand, type Command } from './command.ts';
import { UsageError, UserError } from './options.ts';

async function outcome(what: Command['run'] | Command, args: readonly string[] = []): Promise<{ status: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const command: Command = typeof what === 'object' ? what : { name: 'try', summary: 'Tries it.', usage: 'THING', options: { v: { kind: 'int', default: 0, help: 'verbosity' } }, run: what };
  const status = await runCommand(command, { args, env: {}, stdin: new PassThrough(), stdout, stderr, clock: systemClock, rng: seededRng(1), signal: new AbortController().signal, executable: '' });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

const failing = (error: Error): Command['run'] => () => Promise.reject(error);

test.each([
  ['status', () => Promise.resolve(3), { status: 3, stdout: '', stderr: '' }],
  ['fault of usage', failing(new UsageError('no such thing')), { status: 2, stdout: '', stderr: "kubernode try: no such thing\nSee 'kubernode try --help'.\n" }],
  ['fault of the host', failing(new UserError('no space')), { status: 1, stdout: '', stderr: 'kubernode try: no space\n' }],
])("runCommand tells the command's %s", async (_, run, expected) => { expect(await outcome(run)).toEqual(expected); });

test.each(['--help', '-h'])('runCommand shows help for %s and runs nothing', async (flag) => {
  expect(await outcome(failing(new Error('ran')), ['x', flag])).toEqual({ status: 0, stdout: 'Tries it.\n\nUsage: kubernode try THING [flags]\n\n  --v INT  verbosity (default 0)\n', stderr: '' });
});

test('runCommand hides no fault of the program itself', async () => { await expect(outcome(failing(new TypeError('bug')))).rejects.toThrow('bug'); });

describe('a command with subcommands', () => {
  const group: Command = { name: 'group', summary: 'Groups.', options: {}, subcommands: [{ name: 'one', summary: 'Does one.', options: {}, run: async ({ args, stdout }) => { stdout.write(`one ${args.join(' ')}`); return 4; } }], run: (context) => Promise.reject(noSubcommand(group, context.args)) };
  test.each([
    [['one', 'a', 'b'], { status: 4, stdout: 'one a b', stderr: '' }],
    [['on'], { status: 2, stdout: '', stderr: "kubernode group: unknown command \"on\"; did you mean one?\nSee 'kubernode group --help'.\n" }],
    [[], { status: 2, stdout: '', stderr: "kubernode group: want one of one\nSee 'kubernode group --help'.\n" }],
    [['one', '--help'], { status: 0, stdout: 'Does one.\n\nUsage: kubernode group one\n\n\n', stderr: '' }],
    [['--help'], { status: 0, stdout: 'Groups.\n\nUsage: kubernode group\n\n  one  Does one.\n\n', stderr: '' }],
  ])('%j', async (args, expected) => { expect(await outcome(group, args)).toEqual(expected); });
});

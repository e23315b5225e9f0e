import { Writable } from 'node:stream';
import { systemClock, systemRng } from '@kubernode/base';
import type { Command } from '@kubernode/component-base';

/** What a command says, and what it fails with; '' when it does not. */
export async function runCommand(command: Command, args: readonly string[]): Promise<{ said: string; fault: string }> {
  const said: string[] = [];
  const stdout = new Writable({ write: (text: Buffer, _encoding, done) => { said.push(text.toString()); done(); } });
  const context = { args, env: process.env, stdin: process.stdin, stdout, stderr: stdout, clock: systemClock, rng: systemRng, signal: new AbortController().signal, executable: '' };
  const fault = await command.run(context).then(() => '', (error: unknown) => (error instanceof Error ? error.message : String(error)));
  return { said: said.join(''), fault };
}

import { run } from '../../framework/run.ts';

export const withSbin: Readonly<Record<string, string>> = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** What a program wrote; an error when it failed. */
export async function must(command: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, { env: withSbin });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim() || `status ${status}`}`);
  return stdout;
}

/** For what may be gone already. */
export async function attempt(command: string, ...args: readonly string[]): Promise<boolean> {
  return (await run(command, args, { env: withSbin })).status === 0;
}

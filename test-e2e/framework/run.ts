import { spawn, type ChildProcess } from 'node:child_process';

export interface Result { status: number; stdout: string; stderr: string }

/** Runs a program to its end; never rejects. */
export function run(command: string, args: readonly string[], { env = {}, input, timeoutMs = 120_000 }: { env?: Record<string, string>; input?: string; timeoutMs?: number } = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => { out[stream] += text; });
    child.on('error', (error) => resolve({ status: 127, stdout: '', stderr: error.message }));
    child.on('close', (code) => resolve({ status: code ?? 137, ...out }));
    child.stdin.on('error', () => undefined); // the program may end without reading
    child.stdin.end(input);
  });
}

/** Starts a program that runs on; its output so far is in `output()`. */
export function start(command: string, args: readonly string[], env: Record<string, string> = {}): { child: ChildProcess; output(): string; stop(): Promise<void> } {
  const child = spawn(command, args, { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => { text += part; });
  const ended = new Promise<void>((resolve) => { child.once('close', () => resolve()); });
  return { child, output: () => text, stop: async () => { child.kill('SIGTERM'); await ended; } };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Tries until `probe` gives something other than undefined or false; fails with what was last seen. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>, timeoutMs = 30_000, everyMs = 100): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) { last = error; }
    await sleep(everyMs);
  } while (Date.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}${last === undefined ? '' : `: ${String(last)}`}`);
}

import { spawn } from 'node:child_process';
import { onAbort } from '@kubernode/base';

export interface ProgramResult { status: number; stdout: string; stderr: string }
export interface RunProgramOptions {
  input?: string | Buffer;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** Of this process when absent. */
  env?: NodeJS.ProcessEnv;
}

const OUTPUT_BYTES_MAX = 128 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** Runs a program to its end. Never rejects: a program that is missing has status 127. Output beyond a bound is cut. */
export function runProgram(command: string, args: readonly string[], { input, signal, timeoutMs = TIMEOUT_MS, env }: RunProgramOptions = {}): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL', env });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => { if (out[stream].length < OUTPUT_BYTES_MAX) out[stream] += text; });
    const link = onAbort(signal, () => child.kill('SIGKILL'));
    child.on('error', (error) => { link[Symbol.dispose](); resolve({ status: 127, stdout: '', stderr: error.message }); });
    child.on('close', (code) => { link[Symbol.dispose](); resolve({ status: code ?? 137, ...out }); });
    child.stdin.on('error', () => undefined); // the program may end without reading its input; its status tells
    child.stdin.end(input);
  });
}

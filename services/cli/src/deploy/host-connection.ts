import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { onAbort } from '@kubernode/base';
import { runProgram, UserError, type ProgramResult } from '@kubernode/component-base';
import type { Machine, SshSettings } from './inventory.ts';

export interface RunOptions { input?: string | Buffer; signal?: AbortSignal; timeoutMs?: number }

/** Runs shell scripts as root on a host. Secrets go by standard input, never by the script. */
export interface HostConnection {
  readonly host: string;
  run(script: string, options?: RunOptions): Promise<ProgramResult>;
  /** What the script printed. UserError with what it said when it fails. */
  must(what: string, script: string, options?: RunOptions): Promise<string>;
  /** The output of a local program becomes the input of a script there, without passing through this process. */
  pipe(what: string, producer: readonly [string, ...string[]], script: string, options?: RunOptions): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_S = 15;
const SCRIPT_TIMEOUT_MS = 180_000;
/** ssh itself failed, not what it ran. */
const SSH_FAILED = 255;
/** A shared connection that nobody uses ends by itself after this, s: an interrupted deploy leaves nothing behind. */
const PERSIST_S = 60;

/** A machine by the system's ssh: one connection, which all scripts share. The folder holds its socket and must be as short as sockets' paths have to be. */
export function connectBySsh(machine: Pick<Machine, 'name' | 'address'> & { ssh: SshSettings }, socketDir: string): HostConnection {
  const { ssh } = machine;
  mkdirSync(socketDir, { recursive: true, mode: 0o700 });
  const control = path.join(socketDir, machine.name);
  const options = [
    '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', `ConnectTimeout=${CONNECT_TIMEOUT_S}`, '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3',
    '-o', 'ControlMaster=auto', '-o', `ControlPath=${control}`, '-o', `ControlPersist=${PERSIST_S}`, '-o', 'LogLevel=ERROR', '-p', String(ssh.port), '-l', ssh.user,
    ...(ssh.keyFile === undefined ? [] : ['-i', ssh.keyFile, '-o', 'IdentitiesOnly=yes']), ...(ssh.knownHostsFile === undefined ? [] : ['-o', `UserKnownHostsFile=${ssh.knownHostsFile}`, '-o', 'GlobalKnownHostsFile=/dev/null']),
  ];
  const command = (script: string): readonly [string, ...string[]] => ['ssh', ...options, machine.address, ssh.sudo ? `sudo -n sh -c ${quoteForShell(script)}` : `sh -c ${quoteForShell(script)}`];
  return connection(machine.name, command, async () => { await runProgram('ssh', [...options, '-O', 'exit', machine.address]); });
}

/** This machine itself. */
export function connectLocally(host: string): HostConnection {
  return connection(host, (script) => ['sh', '-c', script], () => Promise.resolve());
}

function connection(host: string, command: (script: string) => readonly [string, ...string[]], close: () => Promise<void>): HostConnection {
  const run: HostConnection['run'] = (script, { input, signal, timeoutMs = SCRIPT_TIMEOUT_MS } = {}) => {
    const [program, ...args] = command(script);
    return runProgram(program, args, { timeoutMs, ...(input !== undefined && { input }), ...(signal !== undefined && { signal }) });
  };
  return {
    host, run, close,
    async must(what, script, options = {}) {
      const result = await run(script, options);
      options.signal?.throwIfAborted();
      if (result.status !== 0) throw new UserError(`${host}: ${what}: ${explain(result)}`);
      return result.stdout;
    },
    async pipe(what, producer, script, { signal, timeoutMs = SCRIPT_TIMEOUT_MS } = {}) {
      const result = await runPipeline(producer, command(script), { timeoutMs, ...(signal !== undefined && { signal }) });
      signal?.throwIfAborted();
      if (result.status !== 0) throw new UserError(`${host}: ${what}: ${explain(result)}`);
    },
  };
}

/** The last words of a program that failed, with what to do where it was ssh itself. */
function explain({ status, stdout, stderr }: ProgramResult): string {
  const lines = `${stdout}\n${stderr}`.trim().split('\n').filter((line) => line.trim() !== '');
  const words = lines.slice(-3).join('; ') || `exit status ${status}`;
  if (status !== SSH_FAILED) return words;
  if (/host key verification failed|no .* host key is known/i.test(words)) return `ssh does not know the host's key; check it and add it with 'ssh-keyscan -H ADDRESS >> known_hosts' (${words})`;
  return `ssh: ${words}`;
}

function runPipeline([producer, ...producerArgs]: readonly [string, ...string[]], [consumer, ...consumerArgs]: readonly [string, ...string[]], { signal, timeoutMs }: { signal?: AbortSignal; timeoutMs: number }): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const from = spawn(producer, producerArgs, { stdio: ['ignore', 'pipe', 'inherit'] });
    const to = spawn(consumer, consumerArgs, { stdio: [from.stdout, 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    from.stdout.destroy(); // the consumer has a copy of its own; when that ends, the producer is told
    let [output, producerStatus] = ['', 0];
    for (const stream of [to.stdout, to.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { if (output.length < OUTPUT_MAX) output += text; });
    const link = onAbort(signal, () => { from.kill('SIGKILL'); to.kill('SIGKILL'); });
    const produced = new Promise<void>((done) => { from.once('error', () => { producerStatus = 127; done(); }); from.once('exit', (code) => { producerStatus ||= code ?? 137; done(); }); });
    to.once('error', (error) => { link[Symbol.dispose](); resolve({ status: 127, stdout: '', stderr: error.message }); });
    to.once('close', (code) => { void produced.then(() => { link[Symbol.dispose](); resolve({ status: code === 0 ? producerStatus : code ?? 137, stdout: '', stderr: output }); }); });
  });
}

const OUTPUT_MAX = 64 * 1024;

/** One word for a POSIX shell. */
export function quoteForShell(text: string): string { return `'${text.replaceAll("'", `'\\''`)}'`; }

/** Ends the connections of hosts; those that are gone already are as good. */
export async function closeConnections(hosts: readonly { connection: HostConnection | undefined }[]): Promise<void> {
  await Promise.all(hosts.map(({ connection }) => connection?.close() ?? Promise.resolve()));
}

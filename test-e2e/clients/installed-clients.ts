import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../framework/cluster.ts';
import { run } from '../framework/run.ts';

/** Kept between runs: what is here is not installed again. */
const cache = path.join(root, 'node_modules/.cache/clients');
const sources = import.meta.dirname;
const INSTALL_TIMEOUT_MS = 900_000;
const HELM = 'helm.sh/helm/v3/cmd/helm@v3.19.0';
/** What package managers and shells say when a registry, or the manager itself, is not there. */
const UNREACHABLE = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOENT|No matching distribution|NewConnectionError|dial tcp|i\/o timeout|no such host|connection refused|40[34] Not Found|40[34] Forbidden/;

/** A command that runs a client, or why there is none on this machine. */
export type InstalledClient = { command: string; args: readonly string[] } | { missing: string };

interface Step { command: string; args: readonly string[]; env?: Record<string, string> }

export async function pythonClient(): Promise<InstalledClient> {
  const folder = path.join(cache, 'python');
  const python = path.join(folder, 'bin/python');
  return install(path.join(folder, 'lib'), [{ command: 'python3', args: ['-m', 'venv', folder] }, { command: python, args: ['-m', 'pip', 'install', '--quiet', 'kubernetes>=34,<40'] }], { command: python, args: ['-W', 'ignore', path.join(sources, 'python/client.py')] });
}

export async function javascriptClient(): Promise<InstalledClient> {
  const folder = path.join(cache, 'javascript');
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(sources, 'javascript/client.mjs'), path.join(folder, 'client.mjs')); // imports are found from where a module lies
  return install(path.join(folder, 'node_modules'), [{ command: 'npm', args: ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', '@kubernetes/client-node@1'] }], { command: 'node', args: [path.join(folder, 'client.mjs')] });
}

export async function goClient(): Promise<InstalledClient> {
  const program = path.join(cache, 'go-client');
  return install(undefined, [{ command: 'go', args: ['-C', path.join(sources, 'go'), 'build', '-o', program, '.'] }], { command: program, args: [] });
}

export async function helm(): Promise<InstalledClient> {
  const program = path.join(cache, 'helm');
  return install(program, [{ command: 'go', args: ['install', HELM], env: { GOBIN: cache } }], { command: program, args: [] });
}

/** `product`: is there once it is installed; undefined where only the package manager knows what changed. */
async function install(product: string | undefined, steps: readonly Step[], client: InstalledClient): Promise<InstalledClient> {
  mkdirSync(cache, { recursive: true });
  if (product !== undefined && existsSync(product) && 'command' in client && (client.command === 'node' || existsSync(client.command))) return client;
  for (const { command, args, env = {} } of steps) {
    const { status, stderr } = await run(command, args, { env, timeoutMs: INSTALL_TIMEOUT_MS });
    if (status === 0) continue;
    const why = stderr.trim().split('\n').find((line) => UNREACHABLE.test(line));
    if (why === undefined) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return { missing: `${command}: ${why.slice(0, 200)}` };
  }
  return client;
}

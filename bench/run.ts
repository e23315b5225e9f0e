// `make bench`: the API server on etcd under load, beside a kube-apiserver where KUBE_APISERVER names one, and what both cost.
// usage: tsx bench/run.ts [MODE…]      modes: create get list listnew patch status watch delete, all without any
// environment: KUBE_APISERVER=BINARY, LOAD=BINARY or folder of a Go load generator (our own without), PODS=5000, GETS=30000, HTTP1=1 (with LOAD), PORT=21100
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { comparisonTable, parseModes, type ServerResult } from './comparison.ts';
import { cpuMicroseconds, residentBytes } from './process-cost.ts';
import { kubeApiserver, kubernode, startServer, TOKEN, type RunningServer } from './servers.ts';

const root = path.join(import.meta.dirname, '..');
const ALL_MODES = ['create', 'get', 'list', 'listnew', 'patch', 'status', 'watch', 'delete'];
/** A server that just came up still tidies. */
const SETTLE_MS = 3_000;
const EVENTS = 60_000; // 200 streams, 300 changes

const { KUBE_APISERVER, LOAD, HTTP1, PODS = '5000', GETS = '30000', PORT = '21100' } = process.env;
const modes = process.argv.length > 2 ? process.argv.slice(2) : ALL_MODES;
const operations: Readonly<Record<string, number>> = { create: Number(PODS), get: Number(GETS), list: 20, listnew: 20, patch: Number(PODS), status: Number(PODS), watch: EVENTS, delete: Number(PODS) };

const generator = generatorOf(LOAD);
const ours = await measure(kubernode(root, Number(PORT)));
const other = KUBE_APISERVER === undefined ? undefined : await measure(kubeApiserver(KUBE_APISERVER, Number(PORT) + 10));
process.stdout.write(`\n${comparisonTable(ours, other)}\n`);
process.exit(ours.modes.some(({ failures }) => failures > 0) ? 1 : 0);

async function measure(spec: Parameters<typeof startServer>[0]): Promise<ServerResult> {
  await using server = await startServer(spec);
  await sleep(SETTLE_MS);
  const result = { name: server.name, readyMs: server.readyMs, idleBytes: residentBytes(server.pid), modes: [] as ServerResult['modes'][number][] };
  for (const mode of modes) result.modes.push(await measureMode(server, mode));
  return { ...result, loadedBytes: residentBytes(server.pid) };
}

async function measureMode({ name, url, pid }: RunningServer, mode: string): Promise<ServerResult['modes'][number]> {
  const before = cpuMicroseconds(pid);
  const output = await outputOf(generator(url, mode));
  const [result] = parseModes(output);
  if (result === undefined) throw new Error(`${name}: the load generator printed nothing for ${mode}`);
  process.stderr.write(`${name}: ${mode} ${result.rate.toFixed(1)} /s ${result.note}\n`);
  return { ...result, cpuUsPerOperation: (cpuMicroseconds(pid) - before) / (operations[mode] ?? 1) };
}

/** The command line that runs one mode. */
function generatorOf(given: string | undefined): (url: string, mode: string) => readonly string[] {
  if (given === undefined) return (url, mode) => [process.execPath, '--import', 'tsx', path.join(import.meta.dirname, 'load-driver.ts'), url, TOKEN, PODS, GETS, mode];
  const binary = statSync(given).isDirectory() ? buildGo(given) : given;
  return (url, mode) => [binary, '-json', '-server', url, '-token', TOKEN, '-n', PODS, '-gets', GETS, ...(HTTP1 === undefined ? [] : ['-http1']), mode];
}

function buildGo(folder: string): string {
  const binary = path.join(tmpdir(), 'kubernode-load');
  const { status } = spawnSync('go', ['build', '-o', binary, '.'], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`go build in ${folder} failed`);
  return binary;
}

function outputOf([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => { text += String(chunk); });
    child.on('error', reject).on('exit', (code) => { if (code === 0) resolve(text); else reject(new Error(`${program} ended with ${code}`)); });
  });
}

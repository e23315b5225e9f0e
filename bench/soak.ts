// Churn of all kinds on simulated nodes, with memory, open files, etcd's size, watches and latencies sampled every few seconds; writes docs/soak.csv,
// docs/soak.svg and docs/SOAK.md, and fails where something rises that should be flat.
// usage: MINUTES=30 NODES=500 SEED=1 SECURE_PORT=8743 tsx --conditions=source bench/soak.ts
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { createClient, createHttpsTransport } from '@kubernode/client';
import { root, TestCluster } from '../test-e2e/framework/cluster.ts';
import { sleep } from '../test-e2e/framework/run.ts';
import { Churn } from './soak/churn.ts';
import { growthOf } from './soak/growth.ts';
import { panelsOf, renderSoakReport } from './soak/report.ts';
import { toCsv, type ProcessSample, type Sample } from './soak/sample.ts';
import { renderSvg } from './soak/svg-plot.ts';

const [minutes, nodes, seed, securePort] = [['MINUTES', 30], ['NODES', 500], ['SEED', 1], ['SECURE_PORT', 8743]].map(([name, fallback]) => Number(process.env[String(name)] ?? fallback)) as [number, number, number, number]; // four
const SAMPLE_MS = 5000;
const USERS = 4;
const NAMESPACE = 'soak';
/** Of the usual ports, which a cluster's keep their distance to: its own, etcd's metrics, API servers. */
const USUAL = { front: 6443, etcdMetrics: 2381, apiserver: 16_450 };

const cluster = new TestCluster(securePort, ['--name=soak', '--nodes=0', `--simulated-nodes=${nodes}`]);
const loads: number[] = [];
process.exitCode = await main();

async function main(): Promise<number> {
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const file = (name: string): Buffer => readFileSync(path.join(cluster.dir, 'pki', name));
  const tls = { ca: file('ca.crt'), cert: file('admin.crt'), key: file('admin.key') };
  const client = createClient({ transport: createHttpsTransport({ server: `https://127.0.0.1:${securePort}`, ...tls }), userAgent: 'soak' });
  try {
    await client.create(coreV1Resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } as coreV1.Namespace); // what is left out has defaults
    const users = Array.from({ length: USERS }, (_, i) => new Churn({ client, namespace: NAMESPACE, rng: seededRng(seed * 100 + i) }));
    const running = users.map((user) => user.run(stop.signal));
    const samples = await takeSamples(users, tls, stop.signal);
    stop.abort();
    await Promise.all(running);
    return writeResults(samples);
  } finally {
    client.close();
    await cluster.kubernode('down', '--purge');
    rmSync(cluster.home, { recursive: true, force: true });
  }
}

async function takeSamples(users: readonly Churn[], tls: object, signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < minutes * 60_000 && !signal.aborted) {
    await sleep(SAMPLE_MS);
    const tallies = users.map((user) => user.take());
    const durations = tallies.flatMap(({ durationsMs }) => durationsMs).sort((a, b) => a - b);
    const etcd = await metrics(`http://127.0.0.1:${USUAL.etcdMetrics + securePort - USUAL.front}/metrics`, {});
    const servers = await Promise.all([0, 1, 2].map((i) => metrics(`https://127.0.0.1:${USUAL.apiserver + i + securePort - USUAL.front}/metrics`, { ...tls, servername: 'localhost' })));
    samples.push({
      second: Math.round((performance.now() - startedMs) / 1000), processes: sampleProcesses(), etcdBytes: sumOf(etcd, /^etcd_mvcc_db_total_size_in_bytes (\S+)$/gm), etcdBytesInUse: sumOf(etcd, /^etcd_mvcc_db_total_size_in_use_in_bytes (\S+)$/gm),
      watches: servers.reduce((sum, text) => sum + sumOf(text, /^apiserver_longrunning_requests\{[^}]*verb="WATCH"[^}]*\} (\S+)$/gm), 0),
      p50Ms: durations[Math.floor(durations.length / 2)] ?? 0, p99Ms: durations[Math.floor(durations.length * 0.99)] ?? 0, calls: durations.length, errors: tallies.reduce((sum, { errors }) => sum + errors, 0),
    });
    loads.push(loadavg()[0] ?? 0);
    writeFileSync(path.join(root, 'docs/soak.csv'), toCsv(samples));
  }
  return samples;
}

function writeResults(samples: readonly Sample[]): number {
  const growth = growthOf(samples);
  writeFileSync(path.join(root, 'docs/soak.svg'), renderSvg(panelsOf(samples)));
  writeFileSync(path.join(root, 'docs/SOAK.md'), renderSoakReport({ samples, growth, seed, nodes, day: new Date().toISOString().slice(0, 10), cpus: cpus().length, loads }));
  const steep = growth.filter(({ isFlat }) => !isFlat);
  process.stdout.write(steep.length === 0 ? 'flat\n' : `not flat: ${steep.map(({ what, from, to, unit }) => `${what} ${from.toFixed(1)} → ${to.toFixed(1)} ${unit}`).join('; ')}\n`);
  return steep.length === 0 ? 0 : 1;
}

/** All processes of the cluster, by their pid files. */
function sampleProcesses(): readonly ProcessSample[] {
  const dir = path.join(cluster.dir, 'run');
  return readdirSync(dir).filter((name) => name.endsWith('.pid')).sort().flatMap((name) => {
    try {
      const pid = readFileSync(path.join(dir, name), 'utf8').split(' ')[0] ?? '';
      const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
      return [{ name: name.slice(0, -'.pid'.length), residentBytes: resident, files: readdirSync(`/proc/${pid}/fd`).length }];
    } catch { return []; } // it has just ended
  });
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** '' where nobody answers. */
function metrics(url: string, options: object): Promise<string> {
  return new Promise((resolve) => {
    const onAnswer = (response: IncomingMessage): void => {
      const parts: string[] = [];
      response.setEncoding('utf8').on('data', (part: string) => { parts.push(part); }).on('end', () => resolve(parts.join(''))).on('error', () => resolve(''));
    };
    (url.startsWith('https:') ? httpsGet(url, { ...options, agent: false }, onAnswer) : httpGet(url, { agent: false }, onAnswer)).on('error', () => resolve(''));
  });
}

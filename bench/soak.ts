// Churn of all kinds on simulated nodes, with memory, open files, etcd's size, watches and latencies sampled every few seconds; writes docs/soak.csv,
// docs/soak.svg and docs/SOAK.md, and fails where something rises that should be flat.
// usage: MINUTES=30 NODES=500 SEED=1 SECURE_PORT=8743 tsx --conditions=source bench/soak.ts
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { coordinationV1Resources, coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng, unlimitedController } from '@kubernode/base';
import { createClient, createHttpsTransport, type Client } from '@kubernode/client';
import { root, TestCluster } from '../test-e2e/framework/cluster.ts';
import { eventually, sleep } from '../test-e2e/framework/run.ts';
import { Churn, forgetEvents } from './soak/churn.ts';
import { growthOf, restartsOf } from './soak/growth.ts';
import { describeVerdict, panelsOf, renderSoakReport, type LeaderChanges } from './soak/report.ts';
import { csvHead, csvLine, type HeapSample, type ProcessSample, type Sample } from './soak/sample.ts';
import { renderSvg } from './soak/svg-plot.ts';

const [minutes, nodes, seed, securePort] = [['MINUTES', 30], ['NODES', 500], ['SEED', 1], ['SECURE_PORT', 8743]].map(([name, fallback]) => Number(process.env[String(name)] ?? fallback)) as [number, number, number, number]; // four
const SAMPLE_MS = 5000;
const METRICS_TIMEOUT_MS = 10_000;
const USERS = 4;
const NAMESPACE = 'soak';
/** Of the usual ports, which a cluster's keep their distance to: its own, etcd's metrics, API servers. */
const USUAL = { front: 6443, etcdMetrics: 2381, apiserver: 16_450 };

const cluster = new TestCluster(securePort, ['--name=soak', '--nodes=0', `--simulated-nodes=${nodes}`]);
const loads: number[] = [];
const fromServer = (replica: number, path: string, tls: object): Promise<string | undefined> => pageOf(`https://127.0.0.1:${USUAL.apiserver + replica + securePort - USUAL.front}${path}`, { ...tls, servername: 'localhost' });

/** What was seen, how often leaders changed, and what lived in API servers at the end, when garbage was collected. */
interface Soaked { readonly samples: readonly Sample[]; readonly leaderChanges: readonly LeaderChanges[]; readonly living: readonly HeapSample[] }
process.exitCode = await main();

async function main(): Promise<number> {
  const stop = unlimitedController(); // each call and each watch listens
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    const { status, stdout, stderr } = await cluster.up();
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    return writeResults(await soak(stop));
  } finally {
    await cluster.kubernode('down', '--purge');
    rmSync(cluster.home, { recursive: true, force: true });
  }
}

async function soak(stop: AbortController): Promise<Soaked> {
  const file = (name: string): Buffer => readFileSync(path.join(cluster.dir, 'pki', name));
  const tls = { ca: file('ca.crt'), cert: file('admin.crt'), key: file('admin.key') };
  const client = createClient({ transport: createHttpsTransport({ server: `https://127.0.0.1:${securePort}`, ...tls }), userAgent: 'soak' });
  try {
    await client.create(coreV1Resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } as coreV1.Namespace); // what is left out has defaults
    await eventually('a default service account', async () => (await client.list(coreV1Resources.serviceaccounts, { namespace: NAMESPACE })).items.length > 0);
    const before = await transitions(client);
    const users = Array.from({ length: USERS }, (_, i) => new Churn({ client, namespace: NAMESPACE, rng: seededRng(seed * 100 + i) }));
    const running = [...users.map((user) => user.run(stop.signal)), forgetEvents({ client, namespace: NAMESPACE, signal: stop.signal })];
    const samples = await Promise.race([takeSamples(users, tls, stop.signal), Promise.all(running).then(() => new Promise<never>(() => undefined))]); // whoever fails ends it; who has ended waits for the samples
    const leaderChanges = (await transitions(client)).map(({ lease, count }, i) => ({ lease, count: count - (before[i]?.count ?? 0) }));
    const living = await livingMemory(tls);
    stop.abort();
    await Promise.all(running);
    return { samples, leaderChanges, living };
  } finally {
    stop.abort();
    client.close();
  }
}

async function takeSamples(users: readonly Churn[], tls: object, signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const csv = path.join(root, 'docs/soak.csv');
  const startedMs = performance.now();
  while (performance.now() - startedMs < minutes * 60_000 && !signal.aborted) {
    await sleep(SAMPLE_MS);
    const sample = await takeSample(users, tls, startedMs);
    if (samples.length === 0) writeFileSync(csv, csvHead(sample));
    samples.push(sample);
    appendFileSync(csv, csvLine(sample, samples[0] ?? sample));
    loads.push(loadavg()[0] ?? 0);
  }
  return samples;
}

async function takeSample(users: readonly Churn[], tls: object, startedMs: number): Promise<Sample> {
  const tallies = users.map((user) => user.take());
  const durations = tallies.flatMap(({ durationsMs }) => durationsMs).sort((a, b) => a - b);
  const etcd = await pageOf(`http://127.0.0.1:${USUAL.etcdMetrics + securePort - USUAL.front}/metrics`, {});
  const servers = await Promise.all([0, 1, 2].map((i) => fromServer(i, '/metrics', tls)));
  return {
    second: Math.round((performance.now() - startedMs) / 1000), processes: sampleProcesses(), heaps: servers.flatMap((text, i) => heapOf(`apiserver-${i}`, text)),
    etcdBytes: sumOf(etcd, /^etcd_mvcc_db_total_size_in_bytes (\S+)$/gm), etcdBytesInUse: sumOf(etcd, /^etcd_mvcc_db_total_size_in_use_in_bytes (\S+)$/gm),
    objects: sumOf(servers[0], /^apiserver_storage_objects\{[^}]*\} (\S+)$/gm), watches: sumOf(servers.includes(undefined) ? undefined : servers.join('\n'), /^apiserver_longrunning_requests\{[^}]*verb="WATCH"[^}]*\} (\S+)$/gm),
    p50Ms: durations[Math.floor(durations.length / 2)] ?? 0, p99Ms: durations[Math.floor(durations.length * 0.99)] ?? 0, calls: durations.length, failures: tallies.flatMap(({ failures }) => failures),
  };
}

function writeResults({ samples, leaderChanges, living }: Soaked): number {
  const [growth, restarts] = [growthOf(samples), restartsOf(samples)];
  writeFileSync(path.join(root, 'docs/soak.svg'), renderSvg(panelsOf(samples)));
  writeFileSync(path.join(root, 'docs/SOAK.md'), renderSoakReport({ samples, leaderChanges, living, growth, restarts, seed, nodes, day: new Date().toISOString().slice(0, 10), cpus: cpus().length, loads }));
  process.stdout.write(`${describeVerdict(growth, restarts)}\n`);
  return growth.every(({ isFlat }) => isFlat) && restarts.length === 0 ? 0 : 1;
}

/** Since the leases were made. */
function transitions(client: Client): Promise<readonly LeaderChanges[]> {
  return Promise.all(['kube-scheduler', 'kube-controller-manager'].map(async (lease) => ({ lease, count: (await client.get(coordinationV1Resources.leases, { namespace: 'kube-system', name: lease })).spec?.leaseTransitions ?? 0 })));
}

/** Their profiles of the heap begin with a collection. */
async function livingMemory(tls: object): Promise<readonly HeapSample[]> {
  const found: HeapSample[] = [];
  for (const i of [0, 1, 2]) {
    await fromServer(i, '/debug/pprof/heap?gc=1&debug=1', tls);
    found.push(...heapOf(`apiserver-${i}`, await fromServer(i, '/metrics', tls)));
  }
  return found;
}

/** All processes of the cluster, by their pid files. */
function sampleProcesses(): readonly ProcessSample[] {
  const dir = path.join(cluster.dir, 'run');
  return readdirSync(dir).filter((name) => name.endsWith('.pid')).sort().flatMap((name) => {
    try {
      const pid = readFileSync(path.join(dir, name), 'utf8').split(' ')[0] ?? '';
      const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
      return [{ name: name.slice(0, -'.pid'.length), pid: Number(pid), residentBytes: resident, files: readdirSync(`/proc/${pid}/fd`).length }];
    } catch { return []; } // it has just ended
  });
}

/** As prom-client's standard metrics tell it. */
function heapOf(name: string, text: string | undefined): readonly HeapSample[] {
  const figure = (metric: string): number => sumOf(text, new RegExp(`^${metric} (\\S+)$`, 'gm')) ?? 0;
  return text === undefined ? [] : [{ name, usedBytes: figure('nodejs_heap_size_used_bytes'), roomBytes: figure('nodejs_heap_size_total_bytes'), externalBytes: figure('nodejs_external_memory_bytes') }];
}

function sumOf(text: string | undefined, pattern: RegExp): number | undefined {
  return text === undefined ? undefined : [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Undefined where nobody answers in time. */
function pageOf(url: string, options: object): Promise<string | undefined> {
  return new Promise((resolve) => {
    const onAnswer = (response: IncomingMessage): void => {
      const parts: string[] = [];
      response.setEncoding('utf8').on('data', (part: string) => { parts.push(part); }).on('end', () => resolve(response.statusCode === 200 ? parts.join('') : undefined)).on('error', () => resolve(undefined));
    };
    const all = { ...options, agent: false, signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) } as const;
    (url.startsWith('https:') ? httpsGet(url, all, onAnswer) : httpGet(url, all, onAnswer)).on('error', () => resolve(undefined));
  });
}

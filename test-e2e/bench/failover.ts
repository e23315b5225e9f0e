// How long clients notice that something was killed. Prints one line a fault: the longest time any of eight writers went without a success.
// usage: tsx test-e2e/bench/failover.ts [RUNS]
import { rmSync } from 'node:fs';
import path from 'node:path';
import { TestCluster } from '../framework/cluster.ts';
import { eventually, sleep } from '../framework/run.ts';
import { Writer } from '../framework/writer.ts';

const runs = Number(process.argv[2] ?? 5);
const cluster = new TestCluster(8643, ['--nodes=0', `--token-auth-file=${path.join(import.meta.dirname, '../testdata/tokens.csv')}`]);
const { status, stderr } = await cluster.up();
if (status !== 0) throw new Error(stderr);
try {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) print(`API server ${signal}`, await repeat((i) => replicaGap(`apiserver-${i % 3}`, signal, i)));
  for (const lease of ['kube-scheduler', 'kube-controller-manager']) for (const signal of ['SIGKILL', 'SIGTERM'] as const) print(`${lease} leader ${signal}`, await repeat(() => leaderChange(lease, signal)));
} finally {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}

async function repeat(once: (i: number) => Promise<number>): Promise<number[]> {
  const figures: number[] = [];
  for (let i = 0; i < runs; i++) figures.push(await once(i));
  return figures.sort((a, b) => a - b);
}

function print(fault: string, figures: readonly number[]): void {
  process.stdout.write(`${fault}: min ${figures[0]}, median ${figures[Math.floor(figures.length / 2)]}, max ${figures.at(-1)} ms\n`);
}

async function ready(name: string): Promise<void> {
  await eventually(`${name} to be ready`, async () => (await cluster.kubernode('status')).stdout.split('\n').some((line) => line.startsWith(name) && line.includes(' ready ')));
}

async function replicaGap(replica: string, signal: NodeJS.Signals, run: number): Promise<number> {
  const writers = Array.from({ length: 8 }, (_, i) => new Writer(cluster, `${signal.toLowerCase()}-${run}-${i}`));
  const running = writers.map((writer) => writer.run());
  await sleep(1000);
  process.kill(cluster.pidOf(replica), signal);
  await sleep(2000);
  for (const writer of writers) writer.stop();
  await Promise.all(running);
  await ready(replica);
  return Math.max(...writers.map((writer) => writer.longestGapMs));
}

async function leaderChange(lease: string, signal: NodeJS.Signals): Promise<number> {
  const holder = (): Promise<string> => cluster.kubectl(`get lease -n kube-system ${lease} -o jsonpath={.spec.holderIdentity}`);
  const before = await holder();
  const component = lease.replace('kube-', '');
  const names = [`${component}-0`, `${component}-1`];
  const logs = await Promise.all(names.map((name) => cluster.kubernode('logs', name)));
  const leader = names[logs.findIndex(({ stdout }) => stdout.includes(before))] ?? '';
  const startedAt = Date.now();
  process.kill(cluster.pidOf(leader), signal);
  await eventually('another leader', async () => { const now = await holder(); return now !== '' && now !== before; });
  const took = Date.now() - startedAt;
  await ready(leader);
  return took;
}

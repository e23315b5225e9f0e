// How long clients notice that something was killed. Prints one line a fault: for API servers the longest time any of eight writers went without a
// success, for leaders the time until their successor's first action on something that was asked for just after.
// usage: tsx test-e2e/bench/failover.ts [RUNS [servers|leaders]]
import { rmSync } from 'node:fs';
import path from 'node:path';
import { TestCluster } from '../framework/cluster.ts';
import { eventually, sleep } from '../framework/run.ts';
import { Writer } from '../framework/writer.ts';

const runs = Number(process.argv[2] ?? 5);
const only = process.argv[3];
const FROZEN_MS = 10_000;
/** That writers saw since the last line. */
let errors = 0;
/** What each leader is asked for, and how one sees that it has begun. */
const work = {
  'kube-scheduler': { ask: (name: string) => `run ${name} --image=localhost/none:1`, seen: (name: string) => `get pod ${name} -o jsonpath={.spec.nodeName}` },
  'kube-controller-manager': { ask: (name: string) => `create deployment ${name} --image=localhost/none:1 --replicas=0`, seen: (name: string) => `get replicasets -l app=${name} -o name` },
};

const cluster = new TestCluster(8643, ['--nodes=0', '--simulated-nodes=1', `--token-auth-file=${path.join(import.meta.dirname, '../testdata/tokens.csv')}`]);
const { status, stderr } = await cluster.up();
if (status !== 0) throw new Error(stderr);
try {
  if (only !== 'leaders') for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const) print(`API server ${signal}`, await repeat((i) => replicaGap(`apiserver-${i % 3}`, signal, i)));
  if (only !== 'servers') for (const lease of ['kube-scheduler', 'kube-controller-manager'] as const) for (const signal of ['SIGKILL', 'SIGTERM'] as const) print(`${lease} leader ${signal}`, await repeat((i) => leaderChange(lease, signal, `${signal.toLowerCase()}-${i}`)));
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
  process.stdout.write(`${fault}: min ${figures[0]}, median ${figures[Math.floor(figures.length / 2)]}, max ${figures.at(-1)} ms (${figures.join(' ')}); ${errors} errors\n`);
  errors = 0;
}

async function ready(name: string): Promise<void> {
  await eventually(`${name} to be ready`, async () => (await cluster.kubernode('status')).stdout.split('\n').some((line) => line.startsWith(name) && line.includes(' ready ')));
}

async function replicaGap(replica: string, signal: NodeJS.Signals, run: number): Promise<number> {
  const writers = Array.from({ length: 8 }, (_, i) => new Writer(cluster, `${signal.toLowerCase()}-${run}-${i}`));
  const running = writers.map((writer) => writer.run());
  await sleep(1000);
  const pid = cluster.pidOf(replica);
  process.kill(pid, signal);
  await sleep(signal === 'SIGSTOP' ? FROZEN_MS : 2000);
  if (signal === 'SIGSTOP') process.kill(pid, 'SIGCONT');
  for (const writer of writers) writer.stop();
  await Promise.all(running);
  await ready(replica);
  errors += writers.reduce((sum, writer) => sum + writer.errors, 0);
  return Math.max(...writers.map((writer) => writer.longestGapMs));
}

async function leaderChange(lease: keyof typeof work, signal: NodeJS.Signals, name: string): Promise<number> {
  const holder = (): Promise<string> => cluster.kubectl(`get lease -n kube-system ${lease} -o jsonpath={.spec.holderIdentity}`);
  const before = await holder();
  const component = lease.replace('kube-', '');
  const names = [`${component}-0`, `${component}-1`];
  const logs = await Promise.all(names.map((name) => cluster.kubernode('logs', name)));
  const leader = names[logs.findIndex(({ stdout }) => stdout.includes(before))] ?? '';
  const startedAt = Date.now();
  process.kill(cluster.pidOf(leader), signal);
  const { ask, seen } = work[lease];
  await cluster.kubectl(ask(`after-${name}`));
  await eventually('the first action', async () => (await cluster.kubectl(seen(`after-${name}`))) !== '');
  const took = Date.now() - startedAt;
  await ready(leader);
  return took;
}

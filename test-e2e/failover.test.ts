// A control plane with simulated nodes: replicas and leaders are killed while clients work.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestCluster } from './framework/cluster.ts';
import { eventually, run, sleep, start } from './framework/run.ts';
import { Writer } from './framework/writer.ts';

const tokens = path.join(import.meta.dirname, 'testdata/tokens.csv');
const cluster = new TestCluster(8443, ['--nodes=0', '--simulated-nodes=3', `--token-auth-file=${tokens}`]);

beforeAll(async () => {
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
}, 120_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 60_000);

test('a replica killed amid writes and a watch loses no acknowledged write and nobody notices for long', async () => {
  const writers = Array.from({ length: 8 }, (_, i) => new Writer(cluster, `writer-${i}`));
  const watching = start('kubectl', ['get', 'configmaps', '-w', '--no-headers'], cluster.env);
  const running = writers.map((writer) => writer.run());
  await sleep(1000);
  for (const replica of ['apiserver-0', 'apiserver-1']) {
    process.kill(cluster.pidOf(replica), 'SIGKILL');
    await sleep(500);
    await eventually(`${replica} to come back`, async () => /ready/.test((await cluster.kubernode('status')).stdout.split('\n').find((line) => line.startsWith(replica)) ?? ''));
  }
  await sleep(500);
  for (const writer of writers) writer.stop();
  await Promise.all(running);
  await watching.stop();
  for (const [i, writer] of writers.entries()) {
    const stored = JSON.parse(await cluster.kubectl(`get configmap writer-${i} -o json`)) as { data: Record<string, string> };
    expect(writer.acknowledged.filter((n) => stored.data[`w${n}`] === undefined)).toEqual([]);
    expect(writer.acknowledged.length).toBeGreaterThan(20);
  }
  expect(Math.max(...writers.map((writer) => writer.longestGapMs))).toBeLessThan(2000); // on a busy machine; bench/ measures it alone
  expect(watching.output()).toContain('writer-7');
}, 120_000);

async function leaderOf(lease: string): Promise<string> {
  return cluster.kubectl(`get lease -n kube-system ${lease} -o jsonpath={.spec.holderIdentity}`);
}

/** The process of a component that leads: the one whose metrics say so. */
async function leadingProcess(component: 'scheduler' | 'controller-manager', lease: string): Promise<string> {
  const holder = await leaderOf(lease);
  for (const name of [`${component}-0`, `${component}-1`]) {
    const log = (await cluster.kubernode('logs', name)).stdout;
    if (log.includes(holder)) return name;
  }
  throw new Error(`no process has the identity ${holder}`);
}

test.each([['scheduler', 'kube-scheduler'], ['controller-manager', 'kube-controller-manager']] as const)('a killed %s leader is replaced within seconds and work goes on', async (component, lease) => {
  const before = await leaderOf(lease);
  const name = await leadingProcess(component, lease);
  const killedAt = Date.now();
  process.kill(cluster.pidOf(name), 'SIGKILL');
  await eventually('another leader', async () => { const now = await leaderOf(lease); return now !== '' && now !== before; }, 20_000);
  expect(Date.now() - killedAt).toBeLessThan(15_000);
  await cluster.kubectl(`create deployment after-${component} --image=localhost/kubernode-demo:1 --replicas=2`);
  await cluster.kubectl(`rollout status deployment/after-${component} --timeout=30s`);
}, 60_000);

test('a cluster beside it in another folder and on other ports does not meet it', async () => {
  const other = new TestCluster(9443, ['--nodes=0', '--replicas=1']);
  try {
    const { status, stderr } = await other.up();
    expect([status, stderr]).toEqual([0, '']);
    await other.kubectl('create namespace only-here');
    expect((await cluster.kubectlResult('get namespace only-here')).status).toBe(1);
  } finally {
    await other.kubernode('down', '--purge');
    rmSync(other.home, { recursive: true, force: true });
  }
}, 120_000);

test('bad input is answered by one sentence and leaves nothing', async () => {
  const corrupt = path.join(cluster.home, 'corrupt');
  mkdirSync(corrupt);
  writeFileSync(path.join(corrupt, 'cluster.json'), '{');
  const cases: [string[], number, RegExp][] = [
    [['up', '--relicas=2'], 2, /unknown flag: --relicas \(did you mean --replicas\?\)/],
    [['up', '--replicas=two'], 2, /invalid value "two" for --replicas/],
    [['up', '--replicas=99'], 2, /invalid value "99" for --replicas: want 1 to 9/],
    [['up', `--dir=${corrupt}`], 1, /the state folder is corrupt: .*cluster.json/],
    [['upp'], 2, /unknown command "upp" \(did you mean "up"\?\)/],
    [['up', `--dir=${path.join(cluster.home, 'other')}`, `--secure-port=${cluster.securePort}`, '--nodes=0'], 1, /port .* cannot be used: another process listens on it|this host is not ready/],
    [['logs', `--dir=${cluster.dir}`, 'nothing'], 1, /there is no process "nothing"; there are apiserver-0/],
  ];
  for (const [args, status, message] of cases) {
    const result = await run(path.join(import.meta.dirname, '../bin/kubernode'), args, { env: { HOME: cluster.home } });
    expect([args.join(' '), result.status]).toEqual([args.join(' '), status]);
    expect(result.stderr).toMatch(message);
  }
}, 60_000);

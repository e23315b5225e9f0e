// A cluster that loses what it had, etcd's members, or its majority, and gets all of it back while its components run on.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { coreV1Resources } from '@kubernode/api';
import { systemClock, systemRng } from '@kubernode/base';
import { createClient, createHttpsTransport, loadKubeconfig, ResourceInformer } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { kubernodeCommand, TestCluster } from '../framework/cluster.ts';
import { eventually, run, start, type Result } from '../framework/run.ts';

const cluster = new TestCluster(21_843);
let archive: string;
let before: string;

beforeAll(async () => {
  const { status, stdout, stderr } = await cluster.up('--nodes=0', '--simulated-nodes=2', '--replicas=1', '--etcd=3');
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
}, 180_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

/** Verbs of a verb: flags come behind. */
const care = (...words: readonly string[]): Promise<Result> => run(kubernodeCommand, [...words, `--dir=${cluster.dir}`], { env: { HOME: cluster.home }, timeoutMs: 360_000 });

/** Who is there, and of those that nobody writes meanwhile in which version. */
const objects = async (): Promise<string> => [
  await cluster.kubectl('get deployments,replicasets,pods,services,configmaps --no-headers -o custom-columns=K:.kind,N:.metadata.name,U:.metadata.uid'),
  await cluster.kubectl('get pods,configmaps --no-headers -o custom-columns=N:.metadata.name,V:.metadata.resourceVersion'),
].join('');
/** Processes that no restore may touch. */
const pids = (): Record<string, number> => Object.fromEntries((JSON.parse(readFileSync(path.join(cluster.dir, 'run/supervisor.json'), 'utf8')) as { name: string; pid: number }[]).filter(({ name }) => /^(scheduler|controller-manager|simulated|haproxy)/.test(name)).map(({ name, pid }) => [name, pid])); // our own supervisor's file

test('a backup is made, verified and nobody else\'s to read', async () => {
  await cluster.kubectl('create deployment web --image=localhost/kubernode-demo:1 --replicas=3');
  await cluster.kubectl('create service clusterip web --tcp=80:80');
  await cluster.kubectl('create configmap kept --from-literal=a=b');
  await cluster.kubectl('create deployment rolled --image=localhost/kubernode-demo:1');
  await cluster.kubectl('wait deployment/web deployment/rolled --for=condition=Available --timeout=90s');
  before = await objects();
  const { status, stdout, stderr } = await care('backup', 'create', '--keep=3');
  expect([status, stderr, stdout]).toEqual([0, '', expect.stringMatching(/restored into an etcd of its own: \d+ keys at revision \d+/)]);
  const folder = path.join(cluster.dir, 'backups');
  const [name = ''] = readdirSync(folder);
  archive = path.join(folder, name);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^kubernode-.*\.tar\.gz$/)]);
  expect([statSync(folder).mode & 0o777, statSync(archive).mode & 0o777]).toEqual([0o700, 0o600]);
}, 120_000);

/** A client of ours that keeps a copy of all ConfigMaps, and what it was told of those in the default namespace. */
function watchConfigMaps(): { names(): string[]; told: readonly string[] } & AsyncDisposable {
  const client = createClient({ transport: createHttpsTransport(loadKubeconfig(cluster.env['KUBECONFIG'] ?? '').connection), userAgent: 'test' });
  const informer = new ResourceInformer(coreV1Resources.configmaps, { namespace: 'default' }, { client, clock: systemClock, rng: systemRng, logger: silentLogger });
  const told: string[] = [];
  informer.onChange(({ key, object }) => { told.push(`${object === undefined ? 'gone' : 'there'} ${key}`); });
  const stop = new AbortController();
  const ended = informer.run(stop.signal);
  return { told, names: () => informer.lister.list().map(({ metadata }) => metadata.name ?? '').sort(), [Symbol.asyncDispose]: async () => { stop.abort(); await ended; client.close(); } };
}

test('everything that was deleted comes back while components run on, with the same uids and versions; whoever watched lists anew', async () => {
  const running = pids();
  await using copy = watchConfigMaps();
  await cluster.kubectl('delete deployment/web service/web configmap/kept --wait=true');
  await cluster.kubectl('create configmap late');
  await cluster.kubectl('patch deployment rolled -p {"spec":{"template":{"spec":{"nodeSelector":{"no":"where"}}}}}');
  const rollout = start('kubectl', ['rollout', 'status', 'deployment/rolled', '--timeout=150s'], cluster.env); // watches by client-go's informer
  await using _rollout = { [Symbol.asyncDispose]: () => rollout.stop() };
  await eventually('watchers', () => Promise.resolve(copy.names().join() === 'kube-root-ca.crt,late' && rollout.output().includes('Waiting for deployment')));
  const later = (JSON.parse(await cluster.kubectl('get --raw /api/v1/namespaces/default/configmaps')) as { metadata: { resourceVersion: string } }).metadata.resourceVersion; // a list of the API
  const toldBefore = copy.told.length;
  const refused = await care('restore', archive);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('the cluster runs; take it down first')]);
  const { status, stdout, stderr } = await care('restore', archive, '--while-running');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/3 members with \d+ keys at revision 1000\d{6}/);
  await eventually('all of it', async () => (await objects()) === before, 60_000);
  expect(pids()).toEqual(running);

  const resumed = await cluster.kubectlResult(`get --raw /api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${later}&timeoutSeconds=30`);
  expect(JSON.parse(resumed.stdout)).toEqual({ type: 'ERROR', object: expect.objectContaining({ kind: 'Status', code: 410, reason: 'Expired' }) });
  await eventually('the list of our client', () => Promise.resolve(copy.names().join() === 'kept,kube-root-ca.crt'), 60_000);
  expect(copy.told.slice(toldBefore).filter((one) => !one.endsWith('kube-root-ca.crt')).sort()).toEqual(['gone default/late', 'there default/kept']);
  await eventually('the end of the rollout', () => Promise.resolve(rollout.child.exitCode !== null), 150_000);
  expect([rollout.child.exitCode, rollout.output()]).toEqual([0, expect.stringContaining('successfully rolled out')]);

  await cluster.kubectl('scale deployment/web --replicas=4'); // controllers and nodes follow the new history
  await cluster.kubectl('rollout status deployment/web --timeout=110s');
}, 600_000);

test('a lost member begins anew from what the others have', async () => {
  rmSync(path.join(cluster.dir, 'etcd/1/member/wal'), { recursive: true });
  const { status, stdout, stderr } = await care('etcd', 'replace-member', 'etcd-1');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('etcd-1 has caught up and votes');
  const revisions = await eventually('three members that agree', async () => {
    const answer = await care('etcd', 'status', '-o', 'json');
    const { members, faults } = JSON.parse(answer.stdout) as { members: { revision: number; dbSizeInUse: number }[]; faults: string[] }; // our own command's
    const all = members.map(({ revision }) => revision);
    return answer.status === 0 && faults.length === 0 && all.length === 3 && Math.max(...all) - Math.min(...all) < 100 && all;
  });
  expect(Math.min(...revisions)).toBeGreaterThan(1_000_000_000);
}, 120_000);

test('with the majority lost for good a new cluster is made of what one member has', async () => {
  const refused = await care('etcd', 'recover', '--from=etcd-0');
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('etcd has a majority and serves')]);
  for (const member of [1, 2]) {
    writeFileSync(path.join(cluster.dir, `run/etcd-${member}.hold`), '');
    process.kill(Number(readFileSync(path.join(cluster.dir, `run/etcd-${member}.pid`), 'utf8').split(' ')[0]), 'SIGKILL');
  }
  await eventually('no majority', async () => (await care('etcd', 'status')).stdout.includes('there is no majority'));
  for (const member of [1, 2]) rmSync(path.join(cluster.dir, `etcd/${member}`), { recursive: true });
  const { status, stdout, stderr } = await care('etcd', 'recover', '--from=etcd-0');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/3 members with \d+ keys at revision 2000\d{6}/);
  await eventually('what it had', async () => (await cluster.kubectl('get deployment web -o jsonpath={.status.readyReplicas}')) === '4', 120_000);
  await cluster.kubectl('create configmap after');
  const inspected = await care('etcd', 'inspect');
  expect([inspected.status, inspected.stdout]).toEqual([0, expect.stringMatching(/Deployment +apps\/v1 +json +2 /)]);
}, 600_000);

test('what fills etcd is given back by one command', async () => {
  const { status, stdout, stderr } = await care('etcd', 'repair-space');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/history before revision 2000\d{6} is gone[\s\S]*etcd-[012]: [\s\S]* won\.\n$/);
}, 180_000);

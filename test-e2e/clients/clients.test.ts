// Programs that know Kubernetes alone, against one API server: whatever they find different ends them with an error.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, startEtcd, type EtcdProcess } from '@kubernode/testing';
import { kubernodeCommand } from '../framework/cluster.ts';
import { eventually, run, start, type Result } from '../framework/run.ts';
import { goClient, helm, javascriptClient, pythonClient, type InstalledClient } from './installed-clients.ts';

const clients = { python: await pythonClient(), javascript: await javascriptClient(), go: await goClient(), helm: await helm() };
const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-clients-'));
const env = { KUBECONFIG: path.join(folder, 'kubeconfig'), HOME: folder };
let etcd: EtcdProcess;
let server: ReturnType<typeof start>;

beforeAll(async () => {
  etcd = await startEtcd();
  const port = await freePort();
  writeFileSync(path.join(folder, 'tokens.csv'), 'secret,admin,1,"system:masters"\n');
  const config = { apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: { token: 'secret' } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }] };
  writeFileSync(env.KUBECONFIG, JSON.stringify(config));
  server = start(kubernodeCommand, ['apiserver', `--etcd-servers=${etcd.endpoint}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${folder}/certs`, `--token-auth-file=${folder}/tokens.csv`, '--authorization-mode=Node,RBAC', '--service-cluster-ip-range=10.96.0.0/16']);
  await eventually('the API server', async () => (await run('kubectl', ['get', '--raw', '/readyz'], { env })).stdout === 'ok');
}, 60_000);

afterAll(async () => {
  await server.stop();
  await etcd[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** A test with the client, or none that says why. */
function withClient(name: keyof typeof clients, title: string, act: (invoke: (...args: readonly string[]) => Promise<Result>) => Promise<void>): void {
  const client: InstalledClient = clients[name];
  if ('missing' in client) { test.skip(`${title} (${client.missing})`, () => undefined); return; }
  test(title, () => act((...args) => run(client.command, [...client.args, ...args], { env, timeoutMs: 100_000 })), 120_000);
}

withClient('python', 'Python: typed calls, watches, the dynamic client, leader election', async (invoke) => {
  expect(await invoke()).toMatchObject({ status: 0, stdout: 'python client: ok\n' });
});

withClient('javascript', 'JavaScript: typed calls, patches, watches, informers', async (invoke) => {
  expect(await invoke()).toMatchObject({ status: 0, stdout: 'javascript client: ok\n' });
});

withClient('go', 'Go: typed calls in protobuf, informers, server-side apply, leader election', async (invoke) => {
  expect(await invoke()).toMatchObject({ status: 0, stdout: 'go client: ok\n' });
});

withClient('helm', 'Helm: install, upgrade, rollback, history, uninstall', async (invoke) => {
  const chart = path.join(folder, 'chart');
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await invoke(...args, '--namespace=helm');
    if (status !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const replicas = async (): Promise<string> => (await run('kubectl', ['get', 'deployment', 'web-chart', '--namespace=helm', '-o=jsonpath={.spec.replicas}'], { env })).stdout;
  await succeed('create', chart);
  await succeed('install', 'web', chart, '--create-namespace');
  const seen = [await replicas()];
  await succeed('upgrade', 'web', chart, '--set=replicaCount=3');
  seen.push(await replicas());
  await succeed('rollback', 'web', '1');
  seen.push(await replicas());
  const history = JSON.parse(await succeed('history', 'web', '-o=json')) as { status: string }[]; // helm's own shape
  await succeed('uninstall', 'web');
  expect([seen, history.map(({ status }) => status), await succeed('list', '--short'), (await run('kubectl', ['get', 'all', '--namespace=helm', '-o=name'], { env })).stdout]).toEqual([['1', '3', '1'], ['superseded', 'superseded', 'deployed'], '', '']);
});

// Programs that know Kubernetes alone, against one API server: whatever they find different ends them with an error.
import path from 'node:path';
import { run, type Result } from '../framework/run.ts';
import { startClientServer, type ClientServer } from './client-server.ts';
import { goClient, helm, javascriptClient, pythonClient, type InstalledClient } from './installed-clients.ts';

const clients = { python: await pythonClient(), javascript: await javascriptClient(), go: await goClient(), helm: await helm() };
let server: ClientServer;

beforeAll(async () => { server = await startClientServer(); }, 60_000);
afterAll(async () => { await server[Symbol.asyncDispose](); }, 60_000);

/** A test with the client, or none that says why. */
function withClient(name: keyof typeof clients, title: string, act: (invoke: (...args: readonly string[]) => Promise<Result>) => Promise<void>): void {
  const client: InstalledClient = clients[name];
  if ('missing' in client) { test.skip(`${title} (${client.missing})`, () => undefined); return; }
  test(title, () => act((...args) => run(client.command, [...client.args, ...args], { env: server.env, timeoutMs: 100_000 })), 120_000);
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
  const { env, folder } = server;
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

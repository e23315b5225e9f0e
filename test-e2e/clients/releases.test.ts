// Releases of ours and of helm are the same releases: each goes on with what the other made, and both make the same of it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kubernodeCommand, root } from '../framework/cluster.ts';
import { run } from '../framework/run.ts';
import { startClientServer, type ClientServer } from './client-server.ts';
import { helm as installHelm } from './installed-clients.ts';
import { mergeChart, mergeKinds, othersChanges } from './merge-cases.ts';

const client = await installHelm();
const program = 'command' in client ? client.command : '';
let server: ClientServer;

beforeAll(async () => { server = await startClientServer(); }, 60_000);
afterAll(async () => { await server[Symbol.asyncDispose](); }, 60_000);

/** With helm where it can be had; says why not otherwise. */
function withHelm(title: string, act: () => Promise<void>): void {
  if ('missing' in client) test.skip(`${title} (${client.missing})`, () => undefined);
  else test(title, act, 180_000);
}

async function succeed(command: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, { env: server.env, timeoutMs: 100_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const helm = (...args: readonly string[]): Promise<string> => succeed(program, ...args);
const ours = (...args: readonly string[]): Promise<string> => succeed(kubernodeCommand, 'chart', ...args);
const kubectl = (...args: readonly string[]): Promise<string> => succeed('kubectl', ...args);
const both = async (...args: readonly string[]): Promise<void> => { expect(await ours(...args)).toBe(await helm(...args)); };
const replicas = (): Promise<string> => kubectl('get', 'deployment', 'web-chart', '--namespace=mixed', '-o=jsonpath={.spec.replicas}');

withHelm('helm and we go on with each other\'s releases', async () => {
  const chart = path.join(server.folder, 'chart');
  await helm('create', chart);
  await ours('install', 'web', chart, '--namespace=mixed', '--create-namespace', '--set=replicaCount=2', '--labels=team=a');
  const seen = [await replicas()];
  for (const view of [['list'], ['list', '-o=json'], ['list', '--selector=team=a', '--short'], ['history', 'web'], ['history', 'web', '-o=yaml'], ['status', 'web'], ['status', 'web', '-o=json'], ['status', 'web', '--show-desc'],
    ['get', 'values', 'web'], ['get', 'values', 'web', '--all'], ['get', 'values', 'web', '-o=json'], ['get', 'manifest', 'web'], ['get', 'hooks', 'web'], ['get', 'notes', 'web'], ['get', 'metadata', 'web'], ['get', 'all', 'web']]) await both(...view, '--namespace=mixed');
  await helm('upgrade', 'web', chart, '--namespace=mixed', '--reuse-values', '--set=image.tag=2');
  seen.push(await replicas());
  await ours('upgrade', 'web', chart, '--namespace=mixed', '--set=replicaCount=4');
  seen.push(await replicas());
  await helm('rollback', 'web', '1', '--namespace=mixed');
  await ours('rollback', 'web', '3', '--namespace=mixed');
  seen.push(await replicas());
  await helm('rollback', 'web', '--namespace=mixed');
  seen.push(await replicas());
  await both('history', 'web', '--namespace=mixed');
  const statuses = (JSON.parse(await ours('history', 'web', '-o=json', '--namespace=mixed')) as { status: string }[]).map(({ status }) => status); // our own output
  expect([seen, statuses]).toEqual([['2', '2', '4', '4', '2'], ['superseded', 'superseded', 'superseded', 'superseded', 'superseded', 'deployed']]);
  await helm('uninstall', 'web', '--namespace=mixed', '--keep-history');
  await both('list', '--uninstalled', '--namespace=mixed');
  await ours('uninstall', 'web', '--namespace=mixed');
  expect(await kubectl('get', 'all,secrets', '--namespace=mixed', '-o=name')).toBe('');
});

withHelm('helm and we make the same of what others changed meanwhile', async () => {
  const folder = path.join(server.folder, 'merge');
  for (const [file, text] of Object.entries(mergeChart)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  const results = [];
  for (const [namespace, tool] of [['by-helm', helm], ['by-us', ours]] as const) {
    await tool('install', 'm', folder, `--namespace=${namespace}`, '--create-namespace', '--set=next=false');
    for (const [object, patch] of othersChanges) await kubectl('patch', object, `--namespace=${namespace}`, '--type=merge', `--patch=${JSON.stringify(patch)}`);
    await tool('upgrade', 'm', folder, `--namespace=${namespace}`, '--set=next=true');
    results.push(await stateOf(namespace));
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[0]?.length).toBeGreaterThan(6);
});

withHelm('a chart with all its kinds is the same release by helm and by us', async () => {
  const chart = path.join(root, 'charts/demo');
  for (const [namespace, tool] of [['demo-helm', helm], ['demo-us', ours]] as const) await tool('install', 'demo', chart, `--namespace=${namespace}`, '--create-namespace', '--no-hooks', '--set=store.password=p');
  const manifest = async (namespace: string): Promise<string> => (await ours('get', 'manifest', 'demo', `--namespace=${namespace}`)).replaceAll(namespace, 'N');
  const hooks = async (namespace: string): Promise<string> => helm('get', 'hooks', 'demo', `--namespace=${namespace}`);
  expect([await manifest('demo-us'), await hooks('demo-us')]).toEqual([await manifest('demo-helm'), await hooks('demo-helm')]);
});

/** What is left of a release's objects without what differs by nature. */
async function stateOf(namespace: string): Promise<unknown[]> {
  const { items } = JSON.parse(await kubectl('get', mergeKinds, `--namespace=${namespace}`, '--selector=app.kubernetes.io/managed-by=Helm', '-o=json')) as { items: { kind: string; metadata: Record<string, unknown>; [field: string]: unknown }[] }; // kubectl's lists
  return items.map(({ metadata: { name, labels, finalizers }, kind, status: _status, ...rest }) => JSON.parse(JSON.stringify({ kind, name, labels, finalizers, ...rest }).replaceAll(namespace, 'NAMESPACE')) as unknown)
    .map((object) => stripAddresses(object));
}

function stripAddresses(object: unknown): unknown {
  return JSON.parse(JSON.stringify(object, (key, value: unknown) => (['clusterIP', 'clusterIPs', 'nodePort'].includes(key) ? undefined : value))) as unknown; // allocated anew each time
}

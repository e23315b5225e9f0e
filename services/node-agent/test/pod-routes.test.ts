// Three nodes as network namespaces: two on one link, the third behind a router. Routes and VXLAN are those of the host's own programs.
import { execFileSync } from 'node:child_process';
import type { coreV1 } from '@kubernode/api';
import { Fixtures } from '@kubernode/testing';
import { computeRoutes } from '../src/network/compute-routes.ts';
import { createIpTool } from '../src/network/ip-tool.ts';
import { planLinks } from '../src/network/plan-links.ts';

const PREFIX = 'knroutes';
const TIMEOUT_MS = 30_000;
const run = (...words: string[]): string => execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
const inside = (name: string, ...words: string[]): string => run('ip', 'netns', 'exec', `${PREFIX}-${name}`, ...words);
const answers = (from: string, to: string): boolean => { try { inside(from, 'busybox', 'ping', '-c', '1', '-W', '2', to); return true; } catch { return false; } };

const fixtures = new Fixtures();
afterAll(() => fixtures[Symbol.asyncDispose]());

function makeNamespace(name: string): void {
  run('ip', 'netns', 'add', `${PREFIX}-${name}`);
  void fixtures.use({ [Symbol.dispose]: () => { run('ip', 'netns', 'delete', `${PREFIX}-${name}`); } });
  inside(name, 'ip', 'link', 'set', 'lo', 'up');
  inside(name, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
}

/** A link between a node and the router; those in one network are ports of its bridge. */
function connect(name: string, address: string, gateway: string): void {
  run('ip', 'link', 'add', `${PREFIX}-${name}`, 'netns', `${PREFIX}-router`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${PREFIX}-${name}`);
  inside(name, 'ip', 'address', 'add', address, 'dev', 'eth0');
  inside(name, 'ip', 'link', 'set', 'eth0', 'up');
  inside(name, 'ip', 'route', 'add', 'default', 'via', gateway);
  inside('router', 'ip', 'link', 'set', `${PREFIX}-${name}`, 'up');
}

const node = (name: string, number: number, address: string): coreV1.Node => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDRs: [`10.99.${number}.0/24`] }, status: { addresses: [{ type: 'InternalIP', address }] },
});
const nodes = [node('a', 1, '192.0.2.1'), node('b', 2, '192.0.2.2'), node('c', 3, '198.51.100.3')];
const overlay = { device: 'knv', id: 77, port: 8472 };

async function bringUpToDate(nodeName: string, known: readonly coreV1.Node[] = nodes): Promise<number> {
  const tool = createIpTool({ prefix: ['ip', 'netns', 'exec', `${PREFIX}-${nodeName}`] });
  const present = await tool.read(overlay.device);
  const commands = planLinks(present, computeRoutes({ nodes: known, nodeName, links: present.links, clusterCidrs: ['10.99.0.0/16'], mode: 'auto', overlay }), overlay.device);
  await tool.run(commands);
  return commands.ip.length + commands.bridge.length;
}

beforeAll(() => {
  for (const name of ['router', 'a', 'b', 'c']) makeNamespace(name);
  inside('router', 'ip', 'link', 'add', 'br0', 'type', 'bridge');
  connect('a', '192.0.2.1/24', '192.0.2.254');
  connect('b', '192.0.2.2/24', '192.0.2.254');
  connect('c', '198.51.100.3/24', '198.51.100.254');
  for (const name of ['a', 'b']) inside('router', 'ip', 'link', 'set', `${PREFIX}-${name}`, 'master', 'br0');
  inside('router', 'ip', 'address', 'add', '192.0.2.254/24', 'dev', 'br0');
  inside('router', 'ip', 'link', 'set', 'br0', 'up');
  inside('router', 'ip', 'address', 'add', '198.51.100.254/24', 'dev', `${PREFIX}-c`);
  nodes.forEach(({ metadata }, i) => { // a pod's address, which the router knows nothing of
    inside(metadata.name, 'ip', 'link', 'add', 'pods', 'type', 'bridge');
    inside(metadata.name, 'ip', 'address', 'add', `10.99.${i + 1}.1/24`, 'dev', 'pods');
    inside(metadata.name, 'ip', 'link', 'set', 'pods', 'up');
  });
}, TIMEOUT_MS);

test('pods reach each other directly on a shared link and by VXLAN beyond it, and a second look changes nothing', async () => {
  for (const { metadata: { name } } of nodes) expect(await bringUpToDate(name)).toBeGreaterThan(0);
  for (const { metadata: { name } } of nodes) expect(await bringUpToDate(name)).toBe(0);
  expect(inside('a', 'ip', 'route', 'show', 'proto', '107').trim().split('\n').map((line) => line.trim()).sort()).toEqual(['10.99.2.0/24 via 192.0.2.2 dev eth0', '10.99.3.0/24 via 10.99.3.0 dev knv onlink']);
  for (const [from, to] of [['a', '10.99.2.1'], ['b', '10.99.1.1'], ['a', '10.99.3.1'], ['c', '10.99.1.1'], ['c', '10.99.2.1']] as const) expect([from, to, answers(from, to)]).toEqual([from, to, true]);
}, TIMEOUT_MS);

test('a link that went and came back under another name gets its routes again; routes of others stay', async () => {
  inside('a', 'ip', 'route', 'add', '10.98.0.0/16', 'via', '192.0.2.254');
  inside('a', 'ip', 'link', 'set', 'eth0', 'down');
  inside('a', 'ip', 'link', 'set', 'eth0', 'name', 'eth1');
  inside('a', 'ip', 'link', 'set', 'eth1', 'up');
  inside('a', 'ip', 'route', 'add', 'default', 'via', '192.0.2.254');
  inside('a', 'ip', 'route', 'add', '10.97.0.0/16', 'via', '192.0.2.254');
  expect(await bringUpToDate('a')).toBeGreaterThan(0);
  expect([answers('a', '10.99.2.1'), answers('a', '10.99.3.1')]).toEqual([true, true]);
  expect(inside('a', 'ip', 'route', 'show', '10.97.0.0/16')).toContain('192.0.2.254');
}, TIMEOUT_MS);

test('a deleted node loses its route, and the last one behind the overlay takes the device with it', async () => {
  await bringUpToDate('a', nodes.slice(0, 2));
  expect([inside('a', 'ip', 'route', 'show', 'proto', '107').trim(), inside('a', 'ip', '-o', 'link', 'show', 'type', 'vxlan')]).toEqual(['10.99.2.0/24 via 192.0.2.2 dev eth1', '']);
}, TIMEOUT_MS);

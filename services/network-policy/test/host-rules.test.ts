// The rules in the kernel: two pods and a stranger as network namespaces on a bridge of a namespace that plays the node.
import { execFileSync, spawn } from 'node:child_process';
import type { coreV1, networkingV1 } from '@kubernode/api';
import { createHostIpSet, createHostIptables } from '@kubernode/netfilter';
import { Fixtures } from '@kubernode/testing';
import { applyRules, hasDrifted, noRules, readRules, type HostFilter, type RulesByFamily } from '../src/app/apply-rules.ts';
import { compilePolicy } from '../src/policy/compile-policy.ts';
import { policyPod } from '../src/policy/policy-pod.ts';
import { PolicyIndex } from '../src/rules/policy-index.ts';

const PREFIX = 'knpolicy';
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const run = (...words: string[]): string => execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env });
const inside = (name: string, ...words: string[]): string => run('ip', 'netns', 'exec', `${PREFIX}-${name}`, ...words);

const prefix = ['ip', 'netns', 'exec', `${PREFIX}-node`];
const filter: HostFilter = { iptables: { IPv4: createHostIptables({ prefix }), IPv6: createHostIptables({ prefix, family: 'IPv6' }) }, ipset: createHostIpSet({ prefix }) };
const fixtures = new Fixtures();
afterAll(() => fixtures[Symbol.asyncDispose]());

const PODS = { server: 2, friend: 3, stranger: 4 } as const;
type Name = keyof typeof PODS;

beforeAll(async () => {
  for (const name of ['node', ...Object.keys(PODS)]) {
    run('ip', 'netns', 'add', `${PREFIX}-${name}`);
    void fixtures.use({ [Symbol.dispose]: () => { run('ip', 'netns', 'delete', `${PREFIX}-${name}`); } });
    inside(name, 'ip', 'link', 'set', 'lo', 'up');
  }
  inside('node', 'sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=1', 'net.bridge.bridge-nf-call-ip6tables=1', 'net.ipv4.ip_forward=1');
  inside('node', 'ip', 'link', 'add', 'br0', 'type', 'bridge');
  inside('node', 'ip', 'address', 'add', '10.9.0.1/24', 'dev', 'br0');
  inside('node', 'ip', '-6', 'address', 'add', 'fd09::1/64', 'dev', 'br0', 'nodad');
  inside('node', 'ip', 'link', 'set', 'br0', 'up');
  for (const [name, number] of Object.entries(PODS)) {
    run('ip', 'link', 'add', name, 'netns', `${PREFIX}-node`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${PREFIX}-${name}`);
    inside('node', 'ip', 'link', 'set', name, 'master', 'br0', 'up');
    inside(name, 'ip', 'address', 'add', `10.9.0.${number}/24`, 'dev', 'eth0');
    inside(name, 'ip', '-6', 'address', 'add', `fd09::${number}/64`, 'dev', 'eth0', 'nodad');
    inside(name, 'ip', 'link', 'set', 'eth0', 'up');
  }
  const server = spawn('ip', ['netns', 'exec', `${PREFIX}-server`, process.execPath, '-e', 'for (const port of [8080, 8081]) require("node:net").createServer((socket) => socket.pipe(socket)).listen(port)'], { stdio: 'ignore', env });
  void fixtures.use({ async [Symbol.asyncDispose]() { const ended = new Promise((resolve) => { server.once('exit', resolve); }); server.kill('SIGKILL'); await ended; } });
  for (let left = 100; !reaches('friend', 'server', 8081); left--) { // the servers and IPv6's addresses are up
    if (left === 0) throw new Error('the server does not answer');
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}, 60_000);

const TIMEOUT_MS = 60_000;

/** Tries twice: a busy host may be slow to answer. */
function reaches(from: Name | 'node', to: Name, port: number, family: 4 | 6 = 4): boolean {
  const answers = (): boolean => {
    try { return inside(from, 'sh', '-c', `echo hello | timeout 1 busybox nc ${family === 4 ? '10.9.0.' : 'fd09::'}${PODS[to]} ${port}`).trim() === 'hello'; } catch { return false; }
  };
  return answers() || answers();
}

const pod = (name: Name): coreV1.Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app: name } }, spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ name: 'echo', containerPort: 8080 }] }] },
  status: { phase: 'Running', podIPs: [{ ip: `10.9.0.${PODS[name]}` }, { ip: `fd09::${PODS[name]}` }] },
});

function rulesFor(...specs: readonly networkingV1.NetworkPolicySpec[]): RulesByFamily {
  const index = new PolicyIndex({ nodeName: 'n1' });
  index.setNamespace('default', {});
  for (const name of Object.keys(PODS) as Name[]) index.setPod(`default/${name}`, policyPod(pod(name))); // its own keys
  specs.forEach((spec, i) => { index.setPolicy(`default/p${i}`, compilePolicy({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: `p${i}`, namespace: 'default' }, spec })); });
  return { IPv4: index.wanted('IPv4'), IPv6: index.wanted('IPv6') };
}

let applied: RulesByFamily = noRules;

async function enforce(...specs: readonly networkingV1.NetworkPolicySpec[]): Promise<void> {
  const wanted = rulesFor(...specs);
  await applyRules(filter, { applied, wanted });
  applied = wanted;
}

const server = { podSelector: { matchLabels: { app: 'server' } } };

test('a pod that a policy isolates is reached by its node alone, in both families', async () => {
  await enforce({ ...server, policyTypes: ['Ingress'] });
  expect([reaches('friend', 'server', 8080), reaches('friend', 'server', 8080, 6), reaches('node', 'server', 8080), reaches('node', 'server', 8080, 6)]).toEqual([false, false, true, true]);
}, TIMEOUT_MS);

test('what a policy names by label and port name comes through, bridged on one node, in both families', async () => {
  await enforce({ ...server, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }], ports: [{ port: 'echo' }] }] });
  expect([reaches('friend', 'server', 8080), reaches('friend', 'server', 8080, 6), reaches('friend', 'server', 8081), reaches('stranger', 'server', 8080)]).toEqual([true, true, false, false]);
}, TIMEOUT_MS);

test('blocks with exceptions hold for what goes out, and other pods stay as they are', async () => {
  await enforce({ podSelector: { matchLabels: { app: 'friend' } }, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '10.9.0.0/24', except: ['10.9.0.2/32'] } }] }] });
  expect([reaches('friend', 'server', 8080), reaches('stranger', 'server', 8080)]).toEqual([false, true]);
  await enforce({ podSelector: { matchLabels: { app: 'friend' } }, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 8000, endPort: 8080 }] }] });
  expect([reaches('friend', 'server', 8080), reaches('friend', 'server', 8081), reaches('friend', 'server', 8080, 6)]).toEqual([true, false, false]);
}, TIMEOUT_MS);

test('chains and sets that others changed are found, and what an earlier run left is taken over', async () => {
  await enforce({ ...server, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }] }] });
  expect(await hasDrifted(filter, applied)).toBe(false);
  const set = [...applied.IPv4.sets.keys()][0] ?? '';
  inside('node', 'ipset', 'flush', set);
  expect([await hasDrifted(filter, applied), reaches('friend', 'server', 8080)]).toEqual([true, false]);
  await applyRules(filter, { applied: await readRules(filter), wanted: applied });
  expect([await hasDrifted(filter, applied), reaches('friend', 'server', 8080)]).toEqual([false, true]);
  inside('node', 'iptables', '-t', 'mangle', '-F', 'KUBE-NWPLCY');
  expect(await hasDrifted(filter, applied)).toBe(true);
}, TIMEOUT_MS);

test('without policies nothing of ours is left', async () => {
  await applyRules(filter, { applied: await readRules(filter), wanted: noRules });
  const left = `${inside('node', 'iptables-save')}${inside('node', 'ip6tables-save')}${inside('node', 'ipset', 'list', '-name')}`;
  expect(left.split('\n').filter((line) => /KUBE/.test(line))).toEqual([]);
}, TIMEOUT_MS);

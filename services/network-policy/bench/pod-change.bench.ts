// What a change of one pod costs a node: 1,000 pods, 200 policies that all select pods of the node, 110 pods on it.
// usage: tsx --conditions=source services/network-policy/bench/pod-change.bench.ts
import type { coreV1, networkingV1 } from '@kubernode/api';
import { planIpSets, planRestore } from '@kubernode/netfilter';
import { compilePolicy } from '../src/policy/compile-policy.ts';
import { policyPod } from '../src/policy/policy-pod.ts';
import { ownChains } from '../src/rules/names.ts';
import { PolicyIndex, type WantedRules } from '../src/rules/policy-index.ts';

const PODS = 1000;
const LOCAL = 110;
const POLICIES = 200;
const CHANGES = 200;

const pod = (i: number, address: string): coreV1.Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, namespace: `n${i % 10}`, labels: { app: `a${i % 50}`, one: String(i) } },
  spec: { nodeName: i < LOCAL ? 'here' : 'there', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 80 }] }] }, status: { phase: 'Running', podIP: address },
});

const policy = (i: number): networkingV1.NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: `p${i}`, namespace: `n${i % 10}` },
  spec: {
    podSelector: i % 4 === 0 ? {} : { matchLabels: { app: `a${i % 50}` } }, policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: `a${(i + 10) % 50}` } } }, { namespaceSelector: {}, podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: [`a${i % 50}`] }] } }], ports: [{ port: 'http' }, { port: 443 }] }],
    egress: [{ to: [{ namespaceSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.2.0/24'] } }], ports: [{ port: 53, protocol: 'UDP' }] }],
  },
});

const index = new PolicyIndex({ nodeName: 'here' });
for (let i = 0; i < 10; i++) index.setNamespace(`n${i}`, { name: `n${i}` });
for (let i = 0; i < PODS; i++) index.setPod(`n${i % 10}/p${i}`, policyPod(pod(i, `10.0.${i >> 8}.${i & 255}`)));
for (let i = 0; i < POLICIES; i++) index.setPolicy(`n${i % 10}/p${i}`, compilePolicy(policy(i)));

const bytes = (before: WantedRules | undefined, after: WantedRules): number =>
  planIpSets(before?.sets ?? new Map(), after.sets).fill.length + planRestore(before?.rules, after.rules, { deletable: ownChains }).length;

const cpuMs = (since: NodeJS.CpuUsage): number => { const { user, system } = process.cpuUsage(since); return (user + system) / 1000; };

let started = process.cpuUsage();
let applied = index.wanted('IPv4');
process.stdout.write(`first: ${cpuMs(started).toFixed(1)} ms CPU, ${bytes(undefined, applied)} bytes\n`);

const costs: number[] = [];
let written = 0;
for (let change = 0; change < CHANGES; change++) {
  const i = change * 5;
  started = process.cpuUsage();
  index.setPod(`n${i % 10}/p${i}`, policyPod(pod(i, `10.9.${i >> 8}.${i & 255}`)));
  const wanted = index.wanted('IPv4');
  written += bytes(applied, wanted);
  applied = wanted;
  costs.push(cpuMs(started));
}
costs.sort((a, b) => a - b);
process.stdout.write(`a change: ${costs[CHANGES >> 1]?.toFixed(1)} ms CPU at the median, ${costs[Math.floor(CHANGES * 0.99)]?.toFixed(1)} ms at p99, ${Math.round(written / CHANGES)} bytes\n`);

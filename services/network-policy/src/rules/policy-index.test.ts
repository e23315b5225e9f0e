// Packets are walked through the rendered rules as the kernel would, and judged by the words of the API as well; both have to agree.
import fc from 'fast-check';
import { containsIp, matchesLabels, objectKey, parseCidr, parseIp, selectorFromLabelSelector, type IpFamily } from '@kubernode/apimachinery';
import type { coreV1, networkingV1 } from '@kubernode/api';
import { compilePolicy } from '../policy/compile-policy.ts';
import { policyPod } from '../policy/policy-pod.ts';
import { policyChain, topChain } from './names.ts';
import { PolicyIndex, type WantedRules } from './policy-index.ts';

type Policy = networkingV1.NetworkPolicy;
interface Packet { from: string; to: string; protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'; port: number }

const NODE = 'here';
const NAMESPACES = ['a', 'b', 'c'];
const namespaceLabels = (name: string): Record<string, string> => ({ 'kubernetes.io/metadata.name': name, team: name === 'c' ? 'red' : 'blue' });

interface World { policies: readonly Policy[]; pods: readonly coreV1.Pod[] }

function indexOf({ policies, pods }: World): PolicyIndex {
  const index = new PolicyIndex({ nodeName: NODE });
  for (const name of NAMESPACES) index.setNamespace(name, namespaceLabels(name));
  for (const pod of pods) index.setPod(objectKey(pod.metadata), policyPod(pod));
  for (const policy of policies) index.setPolicy(objectKey(policy.metadata), compilePolicy(policy));
  return index;
}

const known = new Map<string, readonly string[]>();

function wordsOf(rule: string): readonly string[] {
  let words = known.get(rule);
  if (words === undefined) known.set(rule, words = rule.replace(/-m comment --comment "[^"]*" ?/, '').split(' '));
  return words;
}

/** Whether the chain lets the packet, the first of its flow, go on. */
function passes({ rules, sets }: WantedRules, packet: Packet): boolean {
  const chains = rules.mangle;
  let marked = false;
  const walk = (chain: string): boolean => {
    for (const rule of chains?.get(chain) ?? []) {
      const words = wordsOf(rule);
      if (!matches(words, { packet, sets, marked })) continue;
      const target = words[words.indexOf('-j') + 1] ?? '';
      if (target === 'DROP') return false;
      if (target === 'RETURN') return true;
      if (target === 'MARK') marked = words.at(-1) === '0x10000/0x10000';
      else if (!walk(target)) return false;
    }
    return true;
  };
  return walk(topChain);
}

function matches(words: readonly string[], { packet, sets, marked }: { packet: Packet; sets: WantedRules['sets']; marked: boolean }): boolean {
  const after = (word: string): string | undefined => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  if (words.includes('--ctstate') || words.includes('--icmpv6-type')) return false; // a first packet, of pods
  if (words.includes('--mark') && !marked) return false;
  if ((after('-s') ?? packet.from) !== packet.from || (after('-d') ?? packet.to) !== packet.to) return false;
  if ((after('-p') ?? packet.protocol) !== packet.protocol) return false;
  const [first, last = first] = (after('--dport') ?? '').split(':').filter((one) => one !== '').map(Number);
  if (first !== undefined && (packet.port < first || packet.port > (last ?? first))) return false;
  return words.every((word, i) => word !== '--match-set' || inSet(words[i + 1] ?? '', words[i + 2] ?? '', { packet, sets }));
}

function inSet(name: string, which: string, { packet, sets }: { packet: Packet; sets: WantedRules['sets'] }): boolean {
  const set = sets.get(name);
  if (set === undefined) throw new Error(`a rule asks a set that is not there: ${name}`);
  if (which === 'dst,dst') return set.members.has(`${packet.to},${packet.protocol}:${packet.port}`);
  const address = which === 'src' ? packet.from : packet.to;
  return [...set.members].some((member) => member === address || member.includes('/') && inRange(member, address));
}

function inRange(range: string, address: string): boolean {
  const [cidr, ip] = [parseCidr(range), parseIp(address)];
  return cidr !== undefined && ip !== undefined && containsIp(cidr, ip);
}

/** The same question by the words of the API, without any of our steps between. */
function isAllowed({ policies, pods }: World, packet: Packet): boolean {
  if (packet.from === packet.to) return true;
  const podAt = (ip: string): coreV1.Pod | undefined => pods.find((pod) => pod.spec?.hostNetwork !== true && pod.status?.phase === 'Running' && pod.status.podIPs?.some((one) => one.ip === ip));
  const [source, destination] = [podAt(packet.from), podAt(packet.to)];
  const portFits = (ports: readonly networkingV1.NetworkPolicyPort[] = []): boolean => ports.length === 0 || ports.some(({ port, endPort, protocol = 'TCP' }) => {
    if (protocol.toLowerCase() !== packet.protocol) return false;
    if (port === undefined) return true;
    if (typeof port === 'number') return packet.port >= port && packet.port <= (endPort ?? port);
    return destination?.spec?.containers.some((container) => container.ports?.find((one) => one.name === port && (one.protocol ?? 'TCP') === protocol)?.containerPort === packet.port) === true;
  });
  const peerFits = (peers: readonly networkingV1.NetworkPolicyPeer[] = [], ip: string, own: string): boolean => peers.length === 0 || peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock !== undefined) return inRange(ipBlock.cidr, ip) && !(ipBlock.except ?? []).some((one) => inRange(one, ip));
    const pod = podAt(ip);
    if (pod === undefined) return false;
    const namespace = pod.metadata.namespace ?? '';
    const namespaceFits = namespaceSelector === undefined ? namespace === own : matchesLabels(selectorFromLabelSelector(namespaceSelector), namespaceLabels(namespace));
    return namespaceFits && (podSelector === undefined || matchesLabels(selectorFromLabelSelector(podSelector), pod.metadata.labels));
  });
  const selecting = (pod: coreV1.Pod | undefined, type: string): Policy[] => (pod?.spec?.nodeName !== NODE ? [] : policies.filter(({ metadata, spec }) =>
    metadata.namespace === pod.metadata.namespace && spec?.policyTypes?.includes(type) === true && matchesLabels(selectorFromLabelSelector(spec.podSelector), pod.metadata.labels)));
  const into = selecting(destination, 'Ingress');
  const out = selecting(source, 'Egress');
  const lets = (own: string, ports: networkingV1.NetworkPolicyPort[] | undefined, peers: networkingV1.NetworkPolicyPeer[] | undefined, ip: string): boolean => portFits(ports) && peerFits(peers, ip, own);
  return (into.length === 0 || into.some(({ metadata, spec }) => spec?.ingress?.some((rule) => lets(metadata.namespace ?? '', rule.ports, rule.from, packet.from)) === true))
    && (out.length === 0 || out.some(({ metadata, spec }) => spec?.egress?.some((rule) => lets(metadata.namespace ?? '', rule.ports, rule.to, packet.to)) === true));
}

const LABELS = ['web', 'db', 'other'];
const arbitrarySelector = fc.oneof(
  fc.constant({}), fc.constantFrom(...LABELS).map((app) => ({ matchLabels: { app } })),
  fc.subarray(LABELS, { minLength: 1 }).map((values) => ({ matchExpressions: [{ key: 'app', operator: 'NotIn', values }] })),
);
const arbitraryNamespaces = fc.oneof(fc.constant({}), fc.constantFrom('red', 'blue', 'none').map((team) => ({ matchLabels: { team } })));
const arbitraryBlock = fc.constantFrom<networkingV1.IPBlock>(
  { cidr: '0.0.0.0/0' }, { cidr: '10.0.0.0/24' }, { cidr: '10.0.0.0/8', except: ['10.0.0.0/30', '10.1.0.0/16'] }, { cidr: '10.0.0.2/32' }, { cidr: '192.0.2.0/24', except: ['192.0.2.7/32'] },
  { cidr: '::/0', except: ['fd00::/125'] }, { cidr: 'fd00::/126' },
);
const arbitraryPeer = fc.oneof(
  arbitrarySelector.map((podSelector) => ({ podSelector })), arbitraryNamespaces.map((namespaceSelector) => ({ namespaceSelector })),
  fc.record({ podSelector: arbitrarySelector, namespaceSelector: arbitraryNamespaces }), arbitraryBlock.map((ipBlock) => ({ ipBlock })),
);
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');
const arbitraryPort = fc.oneof(
  fc.record({ protocol }), fc.record({ protocol, port: fc.constantFrom(80, 443) }), fc.record({ protocol, port: fc.constant(80), endPort: fc.constant(100) }), fc.record({ protocol, port: fc.constantFrom('http', 'admin') }),
);
const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 2 });
const arbitraryPolicy: fc.Arbitrary<networkingV1.NetworkPolicySpec> = fc.record({
  podSelector: arbitrarySelector, policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
  ingress: some(fc.record({ ports: some(arbitraryPort), from: some(arbitraryPeer) })), egress: some(fc.record({ ports: some(arbitraryPort), to: some(arbitraryPeer) })),
});
const arbitraryPod = fc.record({
  namespace: fc.constantFrom(...NAMESPACES), app: fc.constantFrom(...LABELS), nodeName: fc.constantFrom(NODE, NODE, 'there'),
  hostNetwork: fc.integer({ max: 7, min: 0 }).map((one) => one === 0), phase: fc.constantFrom('Running', 'Running', 'Running', 'Succeeded'), http: fc.constantFrom(80, 8080),
});

const arbitraryWorld: fc.Arbitrary<World> = fc.record({ pods: fc.array(arbitraryPod, { minLength: 2, maxLength: 7 }), policies: fc.array(fc.tuple(fc.constantFrom(...NAMESPACES), arbitraryPolicy), { minLength: 1, maxLength: 5 }) }).map(({ pods, policies }) => ({
  policies: policies.map(([namespace, spec], i) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: `p${i}`, namespace }, spec })),
  pods: pods.map(({ namespace, app, nodeName, hostNetwork, phase, http }, i) => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod${i}`, namespace, labels: { app } },
    spec: { nodeName, hostNetwork, containers: [{ name: 'c', ports: [{ name: 'http', containerPort: http }, { name: 'admin', containerPort: 81, protocol: 'UDP' }] }] },
    status: { phase, podIPs: [{ ip: `10.0.0.${i + 1}` }, { ip: `fd00::${i + 1}` }] },
  })),
}));

const OUTSIDE: Readonly<Record<IpFamily, readonly string[]>> = { IPv4: ['192.0.2.7', '192.0.2.8', '10.1.2.3'], IPv6: ['2001:db8::1'] };
const PORTS = [80, 81, 99, 8080];

test('packets fare by the rendered rules as they do by the words of the API', () => {
  fc.assert(fc.property(arbitraryWorld, (world) => {
    const index = indexOf(world);
    for (const family of ['IPv4', 'IPv6'] as const) {
      const wanted = index.wanted(family);
      const addresses = [...OUTSIDE[family], ...world.pods.map((pod) => pod.status?.podIPs?.[family === 'IPv4' ? 0 : 1]?.ip ?? '')];
      for (const from of addresses) for (const to of addresses) for (const port of PORTS) for (const way of ['tcp', 'udp', 'sctp', 'icmp'] as const) {
        const packet = { from, to, port, protocol: way };
        if (passes(wanted, packet) !== isAllowed(world, packet)) throw new Error(`${JSON.stringify(packet)} should ${isAllowed(world, packet) ? '' : 'not '}pass`);
      }
    }
  }), { numRuns: 25 });
});

test('an index that saw changes one after the other wants what one wants that sees their outcome', () => {
  fc.assert(fc.property(arbitraryWorld, arbitraryWorld, (before, after) => {
    const index = indexOf(before);
    index.wanted('IPv4');
    const keys = (world: World): Set<string> => new Set([...world.pods, ...world.policies].map(({ kind, metadata }) => `${kind} ${objectKey(metadata)}`));
    const kept = keys(after);
    for (const pod of before.pods) if (!kept.has(`Pod ${objectKey(pod.metadata)}`)) index.setPod(objectKey(pod.metadata), undefined);
    for (const policy of before.policies) if (!kept.has(`NetworkPolicy ${objectKey(policy.metadata)}`)) index.setPolicy(objectKey(policy.metadata), undefined);
    for (const pod of after.pods) index.setPod(objectKey(pod.metadata), policyPod(pod));
    for (const policy of after.policies) index.setPolicy(objectKey(policy.metadata), compilePolicy(policy));
    expect(sorted(index.wanted('IPv4'))).toEqual(sorted(indexOf(after).wanted('IPv4')));
  }), { numRuns: 25 });
});

function sorted({ rules, sets }: WantedRules): unknown {
  return { rules: [...rules.mangle ?? []].sort(), sets: [...sets].map(([name, { kind, members }]) => [name, kind, [...members].sort()]).sort() };
}

const pod = (name: string, nodeName = NODE): coreV1.Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'a', labels: { app: name } }, spec: { nodeName, containers: [] }, status: { phase: 'Running', podIP: `10.0.0.${name.length}` } });
const policy = (name: string, spec: networkingV1.NetworkPolicySpec): Policy => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'a' }, spec });

test('a node whose pods no policy selects wants no rules at all', () => {
  const deny = policy('deny', { podSelector: { matchLabels: { app: 'far' } }, policyTypes: ['Ingress'] });
  expect(indexOf({ policies: [deny], pods: [pod('near'), pod('far', 'there')] }).wanted('IPv4')).toEqual({ rules: {}, sets: new Map() });
});

test('a policy without types isolates from ingress, and from egress where it has such rules', () => {
  const of = (spec: networkingV1.NetworkPolicySpec): string[] => Object.keys(compilePolicy(policy('p', spec)).rules);
  expect([of({ podSelector: {} }), of({ podSelector: {}, egress: [] }), of({ podSelector: {}, egress: [{}] }), of({ podSelector: {}, policyTypes: ['Egress'] })]).toEqual([['ingress'], ['ingress'], ['ingress', 'egress'], ['egress']]);
});

test('a name that is too long for a comment is cut', () => {
  const long = policy('p'.repeat(253), { podSelector: {}, ingress: [{}] });
  const comments = [...indexOf({ policies: [long], pods: [pod('near')] }).wanted('IPv4').rules.mangle?.values() ?? []].flat().map((rule) => /--comment "([^"]*)"/.exec(rule)?.[1]?.length ?? 0);
  expect(Math.max(...comments)).toBe(200);
});

test('a change of one pod leaves all chains and sets that it does not touch the same objects', () => {
  const world = { policies: [policy('p', { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'far' } } }] }, { from: [{ podSelector: { matchLabels: { app: 'near' } } }] }] })], pods: [pod('near'), pod('far', 'there')] };
  const index = indexOf(world);
  const before = index.wanted('IPv4');
  index.setPod('a/far', policyPod({ ...pod('far', 'there'), status: { phase: 'Running', podIP: '10.0.0.9' } }));
  const after = index.wanted('IPv4');
  const chain = policyChain('a/p', 'ingress');
  expect(after.rules.mangle?.get(chain)).toBe(before.rules.mangle?.get(chain));
  expect([...after.sets].filter(([name, set]) => before.sets.get(name) !== set).map(([, { members }]) => [...members])).toEqual([['10.0.0.9']]);
});

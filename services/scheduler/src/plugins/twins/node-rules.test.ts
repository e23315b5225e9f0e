import type { coreV1 } from '@kubernode/api';
import fc from 'fast-check';
import { clusterOf, scoresOf, verdictsOf, type World } from '../../test-support/ask-plugins.ts';
import { testNode, testPod } from '../../test-support/test-cluster.ts';

// What nodes say of themselves (labels, taints, names, ports, images) against twins written from Kubernetes' documentation.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const LABELS: Readonly<Record<string, readonly string[]>> = { zone: ['x', 'y', 'z'], disk: ['ssd', ''], generation: ['1', '5', '12', 'none'] };
const labels = fc.record(Object.fromEntries(Object.entries(LABELS).map(([key, values]) => [key, fc.constantFrom(...values)])), { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>; // keys that are left out are absent
const nodeName = fc.constantFrom('n0', 'n1', 'n2', 'n9');

function worldOf(nodes: readonly Parameters<typeof testNode>[1][], pods: readonly (readonly coreV1.Pod[])[] = []): World {
  return nodes.map((parts, i) => ({ node: testNode(`n${i}`, parts), pods: pods[i] ?? [] }));
}

describe('NodeAffinity', () => {
  const requirement = fc.constantFrom(...Object.keys(LABELS), 'absent').chain((key) => fc.oneof(
    fc.record({ key: fc.constant(key), operator: fc.constantFrom('In', 'NotIn'), values: fc.uniqueArray(fc.constantFrom(...LABELS[key] ?? ['v']), { minLength: 1, maxLength: 2 }) }),
    fc.record({ key: fc.constant(key), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
    fc.record({ key: fc.constant(key), operator: fc.constantFrom('Gt', 'Lt'), values: fc.constantFrom('1', '4', '11').map((one) => [one]) }),
  ));
  const byName = fc.record({ key: fc.constant('metadata.name'), operator: fc.constantFrom('In', 'NotIn'), values: nodeName.map((one) => [one]) });
  const term: fc.Arbitrary<coreV1.NodeSelectorTerm> = fc.record({ matchExpressions: fc.array(requirement, { maxLength: 2 }), matchFields: fc.array(byName, { maxLength: 2 }) });
  const preferred = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), preference: term }), { maxLength: 3 });
  const pod = fc.record({ nodeSelector: labels, required: fc.option(fc.array(term, { minLength: 1, maxLength: 2 }), { nil: undefined }), preferred }).map(({ nodeSelector, required, preferred: preferences }) => testPod({
    nodeSelector: Object.fromEntries(Object.entries(nodeSelector).slice(0, 1)),
    affinity: { nodeAffinity: { ...(required && { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: required } }), preferredDuringSchedulingIgnoredDuringExecution: preferences } },
  }));
  const world = fc.array(labels, { minLength: 1, maxLength: 6 }).map((all) => worldOf(all.map((one) => ({ labels: one }))));

  function holds({ operator, values = [] }: coreV1.NodeSelectorRequirement, value: string | undefined): boolean {
    const [first = ''] = values;
    switch (operator) {
      case 'In': return value !== undefined && values.includes(value);
      case 'NotIn': return value === undefined || !values.includes(value);
      case 'Exists': return value !== undefined;
      case 'DoesNotExist': return value === undefined;
      case 'Gt': return /^\d+$/.test(value ?? '') && Number(value) > Number(first);
      default: return /^\d+$/.test(value ?? '') && Number(value) < Number(first);
    }
  }
  function matches({ matchExpressions = [], matchFields = [] }: coreV1.NodeSelectorTerm, { metadata }: coreV1.Node): boolean {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return matchExpressions.every((one) => holds(one, metadata.labels?.[one.key])) && matchFields.every((one) => holds(one, metadata.name));
  }
  function fits({ spec }: coreV1.Pod, node: coreV1.Node): boolean {
    const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    return Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => node.metadata.labels?.[key] === value) && (terms === undefined || terms.some((one) => matches(one, node)));
  }

  test('filter', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => { expect(verdictsOf(clusterOf(nodes), nodes, { plugin: 'NodeAffinity', pod: one }).map((verdict) => verdict === undefined)).toEqual(nodes.map(({ node }) => fits(one, node))); }), { numRuns: RUNS });
  });

  test('score', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const sums = nodes.map(({ node }) => (one.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce((sum, { weight, preference }) => sum + (matches(preference, node) ? weight : 0), 0));
      const most = Math.max(...sums);
      expect(scoresOf(clusterOf(nodes), nodes, { plugin: 'NodeAffinity', pod: one })).toEqual(sums.map((sum) => (most === 0 ? 0 : Math.floor((100 * sum) / most))));
    }), { numRuns: RUNS });
  });
});

describe('TaintToleration, NodeUnschedulable and NodeName', () => {
  const key = fc.constantFrom('a', 'b', 'node.kubernetes.io/unschedulable');
  const effect = fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule');
  const taint = fc.record({ key, value: fc.constantFrom('', 'v', 'w'), effect }, { requiredKeys: ['key', 'effect'] });
  const toleration: fc.Arbitrary<coreV1.Toleration> = fc.oneof(
    fc.record({ key, operator: fc.constant('Exists'), effect }, { requiredKeys: ['operator'] }),
    fc.record({ key, operator: fc.constant('Equal'), value: fc.constantFrom('', 'v', 'w'), effect }, { requiredKeys: ['key'] }),
  );
  const world = fc.array(fc.record({ taints: fc.array(taint, { maxLength: 3 }), unschedulable: fc.boolean() }, { requiredKeys: [] }), { minLength: 1, maxLength: 6 }).map((all) => worldOf(all));
  const pod = fc.record({ tolerations: fc.array(toleration, { maxLength: 3 }), nodeName: fc.constantFrom('', 'n0', 'n1') }).map((parts) => testPod(parts));

  function tolerated({ key: of = '', operator = 'Equal', value = '', effect: at }: coreV1.Toleration, taintThere: { key: string; value?: string; effect: string }): boolean {
    return (at === undefined || at === taintThere.effect) && (of === '' || of === taintThere.key) && (operator === 'Exists' || value === (taintThere.value ?? ''));
  }

  test('filters', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const cluster = clusterOf(nodes);
      const tolerations = one.spec?.tolerations ?? [];
      const anyTolerates = (what: { key: string; value?: string; effect: string }): boolean => tolerations.some((each) => tolerated(each, what));
      const tainted = nodes.map(({ node }) => (node.spec?.taints ?? []).some((each) => each.effect !== 'PreferNoSchedule' && !anyTolerates(each)));
      const closed = nodes.map(({ node }) => node.spec?.unschedulable === true && !anyTolerates({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }));
      const elsewhere = nodes.map(({ node }) => one.spec?.nodeName !== '' && one.spec?.nodeName !== node.metadata.name);
      const told = (all: readonly boolean[], text: string): (string | undefined)[] => all.map((is) => (is ? `unresolvable: ${text}` : undefined));
      expect(verdictsOf(cluster, nodes, { plugin: 'TaintToleration', pod: one })).toEqual(told(tainted, 'node(s) had untolerated taint(s)'));
      expect(verdictsOf(cluster, nodes, { plugin: 'NodeUnschedulable', pod: one })).toEqual(told(closed, 'node(s) were unschedulable'));
      expect(verdictsOf(cluster, nodes, { plugin: 'NodeName', pod: one })).toEqual(told(elsewhere, "node(s) didn't match the requested node name"));
    }), { numRuns: RUNS });
  });

  test('score', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const soft = (one.spec?.tolerations ?? []).filter((each) => each.effect === undefined || each.effect === 'PreferNoSchedule');
      const bad = nodes.map(({ node }) => (node.spec?.taints ?? []).filter((each) => each.effect === 'PreferNoSchedule' && !soft.some((by) => tolerated(by, each))).length);
      const most = Math.max(...bad);
      expect(scoresOf(clusterOf(nodes), nodes, { plugin: 'TaintToleration', pod: one })).toEqual(bad.map((count) => (most === 0 ? 100 : 100 - Math.floor((100 * count) / most))));
    }), { numRuns: RUNS });
  });
});

describe('NodePorts', () => {
  const port = fc.record({ containerPort: fc.constant(1), hostPort: fc.constantFrom(0, 80, 81), protocol: fc.constantFrom('TCP', 'UDP'), hostIP: fc.constantFrom('', '0.0.0.0', '127.0.0.1', '10.0.0.1') }, { requiredKeys: ['containerPort'] });
  const container = fc.record({ name: fc.constant('c'), ports: fc.array(port, { maxLength: 2 }) });
  const sidecar = fc.record({ name: fc.constant('i'), ports: fc.array(port, { maxLength: 1 }), restartPolicy: fc.constant('Always') }, { requiredKeys: ['name', 'ports'] });
  const pod = fc.record({ containers: fc.array(container, { minLength: 1, maxLength: 2 }), initContainers: fc.array(sidecar, { maxLength: 2 }) }).map((parts) => testPod(parts));

  function endpoints({ spec }: coreV1.Pod): { ip: string; at: string }[] {
    const lasting = [...spec?.containers ?? [], ...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
    return lasting.flatMap(({ ports = [] }) => ports).filter(({ hostPort = 0 }) => hostPort > 0).map(({ hostPort, hostIP = '', protocol = 'TCP' }) => ({ ip: hostIP === '' ? '0.0.0.0' : hostIP, at: `${protocol}${hostPort ?? 0}` }));
  }

  test('filter', () => {
    fc.assert(fc.property(fc.array(fc.array(pod, { maxLength: 3 }), { minLength: 1, maxLength: 5 }), pod, (pods, one) => {
      const nodes = worldOf(pods.map(() => ({})), pods);
      const clashes = nodes.map((there) => endpoints(one).some((a) => there.pods.flatMap(endpoints).some((b) => a.at === b.at && (a.ip === b.ip || [a.ip, b.ip].includes('0.0.0.0')))));
      expect(verdictsOf(clusterOf(nodes), nodes, { plugin: 'NodePorts', pod: one })).toEqual(clashes.map((is) => (is ? "unschedulable: node(s) didn't have free ports for the requested pod ports" : undefined)));
    }), { numRuns: RUNS });
  });
});

describe('ImageLocality', () => {
  const SIZES: Readonly<Record<string, number>> = { 'app:latest': 30e6, 'app:v1': 400e6, 'registry:5000/db:latest': 2.5e9, 'registry/web:v2': 900e6 };
  const world = fc.array(fc.uniqueArray(fc.constantFrom(...Object.keys(SIZES)), { maxLength: 4 }), { minLength: 1, maxLength: 6 })
    .map((all) => worldOf(all.map((names) => ({ images: Object.fromEntries(names.map((name) => [name, SIZES[name] ?? 0])) }))));
  const image = fc.constantFrom('app', 'app:v1', 'registry:5000/db', 'registry/web:v2', 'registry/web', 'unheard-of');
  const container = image.map((one) => ({ name: 'c', image: one }));
  const pod = fc.record({ containers: fc.array(container, { minLength: 1, maxLength: 3 }), initContainers: fc.array(container, { maxLength: 2 }), volumes: fc.array(image.map((reference) => ({ name: 'v', image: { reference } })), { maxLength: 1 }) }).map((parts) => testPod(parts));

  test('score', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const has = ({ status }: coreV1.Node, name: string): boolean => (status?.images ?? []).some(({ names }) => names?.includes(name) === true);
      const containers = [...one.spec?.initContainers ?? [], ...one.spec?.containers ?? []];
      const wanted = [...containers.map((each) => each.image ?? ''), ...(one.spec?.volumes ?? []).map((each) => each.image?.reference ?? '')].map((name) => (/:[^/]*$/.test(name) ? name : `${name}:latest`));
      const [least, most] = [23 * 1024 * 1024, 1000 * 1024 * 1024 * containers.length];
      const naive = nodes.map(({ node }) => {
        const sum = wanted.filter((name) => has(node, name)).reduce((total, name) => total + Math.floor((SIZES[name] ?? 0) * (nodes.filter((other) => has(other.node, name)).length / nodes.length)), 0);
        return Math.floor((100 * (Math.max(least, Math.min(most, sum)) - least)) / (most - least));
      });
      expect(scoresOf(clusterOf(nodes), nodes, { plugin: 'ImageLocality', pod: one })).toEqual(naive);
    }), { numRuns: RUNS });
  });
});

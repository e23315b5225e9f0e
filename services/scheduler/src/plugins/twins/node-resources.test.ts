import type { coreV1 } from '@kubernode/api';
import fc from 'fast-check';
import type { ScoringStrategy } from '../../config/plugin-args.ts';
import { clusterOf, scoresOf, verdictsOf, type Placed, type World } from '../../test-support/ask-plugins.ts';
import { testNode, testPod } from '../../test-support/test-cluster.ts';
import { nodeResourcesBalancedAllocation } from '../node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from '../node-resources-fit.ts';

// What nodes have left, and how full they should be, against twins that add everything up anew with exact integers.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const MI = 2 ** 20;
const GPU = 'example.com/gpu';
const DEFAULTS: Readonly<Record<string, bigint>> = { cpu: 100n, memory: 200n * 1024n * 1024n };

const amounts = (most: { cpu: number; memory: number; disk: number; gpu: number }): fc.Arbitrary<Record<string, string>> => fc.record({
  cpu: fc.integer({ min: 0, max: most.cpu }).map((milli) => (milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`)), memory: fc.integer({ min: 0, max: most.memory }).map((mi) => `${mi}Mi`),
  'ephemeral-storage': fc.integer({ min: 0, max: most.disk }).map((mi) => `${mi}Mi`), [GPU]: fc.integer({ min: 0, max: most.gpu }).map(String),
}, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>; // keys that are left out are absent
const requests = amounts({ cpu: 1500, memory: 3000, disk: 500, gpu: 2 });
const container = requests.map((one): coreV1.Container => ({ name: 'c', image: 'i', resources: { requests: one } }));
const initContainer = fc.tuple(container, fc.boolean()).map(([one, stays]): coreV1.Container => ({ ...one, ...(stays && { restartPolicy: 'Always' }) }));
const podParts = fc.record({
  containers: fc.array(container, { minLength: 1, maxLength: 2 }), initContainers: fc.array(initContainer, { maxLength: 3 }),
  overhead: amounts({ cpu: 200, memory: 100, disk: 0, gpu: 0 }),
  whole: fc.option(fc.record({ cpu: fc.integer({ min: 1500, max: 4000 }).map((milli) => `${milli}m`), memory: fc.integer({ min: 3000, max: 6000 }).map((mi) => `${mi}Mi`) }), { nil: undefined, freq: 6 }),
  resized: fc.option(fc.record({ actual: requests, promised: requests, infeasible: fc.boolean() }), { nil: undefined, freq: 5 }),
}, { requiredKeys: ['containers'] });
const pod = podParts.map(({ containers, initContainers = [], overhead, whole, resized }) => testPod({
  containers: containers.map((one, i) => ({ ...one, name: `c${i}` })), initContainers: initContainers.map((one, i) => ({ ...one, name: `i${i}` })),
  ...(overhead && { overhead }), ...(whole && { resources: { requests: whole } }),
  ...(resized && { status: {
    containerStatuses: [statusOf('c0', resized)], initContainerStatuses: [statusOf('i0', resized)],
    ...(resized.infeasible && { conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }] }),
  } }),
}));
const world = fc.array(fc.record({ allocatable: amounts({ cpu: 8000, memory: 16_000, disk: 2000, gpu: 4 }), room: fc.integer({ min: 1, max: 4 }), pods: fc.array(pod, { maxLength: 3 }) }), { minLength: 1, maxLength: 5 })
  .map((all): World => all.map(({ allocatable, room, pods }, i) => ({ node: testNode(`n${i}`, { allocatable: { ...allocatable, pods: String(room) } }), pods })));

function statusOf(name: string, { actual, promised }: { actual: Record<string, string>; promised: Record<string, string> }): coreV1.ContainerStatus {
  return { name, image: 'i', imageID: '', ready: true, restartCount: 0, resources: { requests: actual }, allocatedResources: promised };
}

type Amounts = Readonly<Record<string, bigint>>;

/** Thousandths of cpus, bytes, pieces. */
function parse(all: Readonly<Record<string, string>> = {}): Record<string, bigint> {
  return Object.fromEntries(Object.entries(all).map(([name, text]) => {
    const number = BigInt(text.replace(/\D+$/, ''));
    return [name, text.endsWith('Mi') ? number * BigInt(MI) : name === 'cpu' && !text.endsWith('m') ? number * 1000n : number];
  }));
}

function merge(a: Amounts, b: Amounts, how: (x: bigint, y: bigint) => bigint): Record<string, bigint> {
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, how(a[name] ?? 0n, b[name] ?? 0n)]));
}
const plus = (x: bigint, y: bigint): bigint => x + y;
const larger = (x: bigint, y: bigint): bigint => (x > y ? x : y);

/** KEP-753 (sidecars), KEP-1287 (resize), KEP-2837 (whole pods), step by step. */
function needs({ spec, status }: coreV1.Pod, missing: Amounts = {}): Amounts {
  const infeasible = status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') === true;
  const of = ({ name, resources }: coreV1.Container, isLasting: boolean): Amounts => {
    const known = [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? []].find((one) => one.name === name);
    const stated = parse(resources?.requests);
    const there = isLasting && known !== undefined ? merge(merge(infeasible ? {} : stated, parse(known.resources?.requests), larger), parse(known.allocatedResources), larger) : stated;
    return { ...missing, ...there };
  };
  const inits = spec?.initContainers ?? [];
  const isSidecar = ({ restartPolicy }: coreV1.Container): boolean => restartPolicy === 'Always';
  const running = [...spec?.containers ?? [], ...inits.filter(isSidecar)].reduce<Amounts>((sum, one) => merge(sum, of(one, true), plus), {});
  const starting = inits.map((one, i) => inits.slice(0, i).filter(isSidecar).reduce<Amounts>((sum, before) => merge(sum, of(before, true), plus), of(one, isSidecar(one))));
  const together = starting.reduce<Amounts>((most, one) => merge(most, one, larger), running);
  return merge({ ...together, ...parse(spec?.resources?.requests) }, parse(spec?.overhead), plus);
}

function total(pods: readonly coreV1.Pod[], resource: string, missing: Amounts = {}): bigint { return pods.reduce((sum, one) => sum + (needs(one, missing)[resource] ?? 0n), 0n); }

function naiveFit({ node, pods }: Placed, one: coreV1.Pod): string | undefined {
  const has = parse(node.status?.allocatable);
  const reasons = pods.length + 1 > Number(has['pods'] ?? 0n) ? ['Too many pods'] : [];
  let never = false;
  for (const [resource, amount] of Object.entries(needs(one))) {
    if (amount === 0n || total(pods, resource) + amount <= (has[resource] ?? 0n)) continue;
    reasons.push(`Insufficient ${resource}`);
    never ||= amount > (has[resource] ?? 0n);
  }
  return reasons.length === 0 ? undefined : `${never ? 'unresolvable' : 'unschedulable'}: ${reasons.sort().join(', ')}`;
}

/** Used with the pod, used without it, there at all; of the resources that count on the node. */
function sharesOf({ node, pods }: Placed, one: coreV1.Pod, { resources, missing }: { resources: readonly { name: string; weight: number }[]; missing: Amounts }): { weight: bigint; used: bigint; before: bigint; has: bigint }[] {
  return resources.flatMap(({ name, weight }) => {
    const wanted = needs(one, missing)[name] ?? 0n;
    const has = parse(node.status?.allocatable)[name] ?? 0n;
    if (has === 0n || (wanted === 0n && name === GPU)) return [];
    const before = total(pods, name, missing);
    return [{ weight: BigInt(weight), used: before + wanted, before, has }];
  });
}

function naiveStrategy({ type, requestedToCapacityRatio }: ScoringStrategy, { used, has }: { used: bigint; has: bigint }): bigint {
  if (type === 'LeastAllocated') return used > has ? 0n : ((has - used) * 100n) / has;
  if (type === 'MostAllocated') return ((used > has ? has : used) * 100n) / has;
  const percent = used > has ? 100n : (used * 100n) / has;
  const points = (requestedToCapacityRatio?.shape ?? []).map(({ utilization, score }) => ({ at: BigInt(utilization), score: BigInt(score) * 10n }));
  for (const [i, to] of points.entries()) {
    const from = points[i - 1];
    if (percent <= to.at) return from === undefined ? to.score : from.score + ((to.score - from.score) * (percent - from.at)) / (to.at - from.at);
  }
  return points.at(-1)?.score ?? 0n;
}

function naiveScore(placed: Placed, one: coreV1.Pod, strategy: ScoringStrategy): number {
  const scored = sharesOf(placed, one, { resources: strategy.resources, missing: DEFAULTS }).map((share) => ({ weight: share.weight, score: naiveStrategy(strategy, share) })).filter(({ score }) => strategy.type !== 'RequestedToCapacityRatio' || score > 0n);
  const weights = scored.reduce((sum, { weight }) => sum + weight, 0n);
  const sum = scored.reduce((all, { score, weight }) => all + score * weight, 0n);
  if (weights === 0n) return 0;
  return Number(strategy.type === 'RequestedToCapacityRatio' ? (2n * sum + weights) / (2n * weights) : sum / weights);
}

function naiveBalance(placed: Placed, one: coreV1.Pod, resources: readonly { name: string; weight: number }[]): number {
  if (resources.every(({ name }) => (needs(one)[name] ?? 0n) === 0n)) return 0;
  const shares = sharesOf(placed, one, { resources, missing: {} });
  const evenness = (fractions: readonly number[]): number => {
    const capped = fractions.map((each) => Math.min(1, each));
    const mean = capped.reduce((sum, each) => sum + each, 0) / capped.length;
    const [a = 0, b = 0] = capped;
    if (capped.length < 2) return 100;
    return Math.floor(100 * (1 - (capped.length === 2 ? Math.abs((a - b) / 2) : Math.sqrt(capped.reduce((sum, each) => sum + (each - mean) * (each - mean), 0) / capped.length))));
  };
  const [after, before] = [evenness(shares.map(({ used, has }) => Number(used) / Number(has))), evenness(shares.map((share) => Number(share.before) / Number(share.has)))];
  return 50 + Math.trunc((50 + after - before) / 2);
}

const resourceSpecs = fc.uniqueArray(fc.record({ name: fc.constantFrom('cpu', 'memory', 'ephemeral-storage', GPU), weight: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 4, selector: ({ name }) => name });
const shape = fc.uniqueArray(fc.record({ utilization: fc.integer({ min: 0, max: 100 }), score: fc.integer({ min: 0, max: 10 }) }), { minLength: 1, maxLength: 4, selector: ({ utilization }) => utilization }).map((points) => points.sort((a, b) => a.utilization - b.utilization));
const strategies: fc.Arbitrary<ScoringStrategy> = fc.oneof(
  fc.record({ type: fc.constantFrom('LeastAllocated', 'MostAllocated'), resources: resourceSpecs }),
  fc.record({ type: fc.constant('RequestedToCapacityRatio'), resources: resourceSpecs, requestedToCapacityRatio: fc.record({ shape }) }),
);

describe('NodeResourcesFit and NodeResourcesBalancedAllocation', () => {
  test('filter', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => { expect(verdictsOf(clusterOf(nodes), nodes, { plugin: 'NodeResourcesFit', pod: one })).toEqual(nodes.map((placed) => naiveFit(placed, one))); }), { numRuns: RUNS });
  });

  test('score by every strategy', () => {
    fc.assert(fc.property(world, pod, strategies, (nodes, one, scoringStrategy) => {
      const plugin = nodeResourcesFit({ scoringStrategy, ignoredResources: [], ignoredResourceGroups: [] });
      expect(scoresOf(clusterOf(nodes), nodes, { plugin, pod: one })).toEqual(nodes.map((placed) => naiveScore(placed, one, scoringStrategy)));
    }), { numRuns: RUNS * 2 });
  });

  test('balance', () => {
    fc.assert(fc.property(world, pod, resourceSpecs, (nodes, one, resources) => {
      expect(scoresOf(clusterOf(nodes), nodes, { plugin: nodeResourcesBalancedAllocation({ resources }), pod: one })).toEqual(nodes.map((placed) => naiveBalance(placed, one, resources)));
    }), { numRuns: RUNS });
  });
});

import { policyV1Resources, type coreV1, type policyV1 } from '@kubernode/api';
import fc from 'fast-check';
import type { NodeView } from '../cache/node-table.ts';
import { clusterOf, cycleOf, type Placed, type World } from '../test-support/ask-plugins.ts';
import { testNode, testPod } from '../test-support/test-cluster.ts';
import { prepareFilters } from '../cycle/run-filters.ts';
import { chooseCandidate } from './choose-candidate.ts';
import { selectVictims } from './select-victims.ts';

// Victims against a twin that tries every set of less important pods.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const NOW_MS = Date.parse('2026-01-01T12:00:00Z');
const app = fc.constantFrom('a', 'b', 'c');
const pod = fc.record({ app, cpu: fc.integer({ min: 1, max: 4 }), priority: fc.integer({ min: 0, max: 4 }), start: fc.integer({ min: 0, max: 9 }), port: fc.constantFrom(undefined, undefined, 80) }).map(({ app: name, cpu, priority, start, port }) => testPod({
  labels: { app: name }, priority, status: { startTime: `2026-01-01T0${start}:00:00Z` },
  containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: String(cpu) } }, ...(port !== undefined && { ports: [{ containerPort: 1, hostPort: port }] }) }],
}));
const budgets = fc.uniqueArray(fc.record({ app, allowed: fc.integer({ min: 0, max: 2 }) }), { maxLength: 2, selector: ({ app: name }) => name }).map((all) => all.map(({ app: name, allowed }): policyV1.PodDisruptionBudget => ({
  apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: 'ns' }, spec: { selector: { matchLabels: { app: name } } }, status: { disruptionsAllowed: allowed } as policyV1.PodDisruptionBudgetStatus, // the rest does not matter
})));
const world = fc.array(fc.array(pod, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }).map((all): World => all.map((pods, i) => ({ node: testNode(`n${i}`, { allocatable: { cpu: '8', pods: '5' } }), pods })));

const cpuOf = ({ spec }: coreV1.Pod): number => Number(spec?.containers[0]?.resources?.requests?.['cpu'] ?? 0);
const portsOf = ({ spec }: coreV1.Pod): unknown[] => (spec?.containers[0]?.ports ?? []).map(({ hostPort }) => hostPort);
const priorityOf = ({ spec }: coreV1.Pod): number => spec?.priority ?? 0;
const startOf = ({ status }: coreV1.Pod): string => status?.startTime ?? '';
const nameOf = ({ metadata }: coreV1.Pod): string => metadata.name;
const byImportance = (a: coreV1.Pod, b: coreV1.Pod): number => priorityOf(b) - priorityOf(a) || (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0);

function fits(staying: readonly coreV1.Pod[], subject: coreV1.Pod): boolean {
  return staying.length + 1 <= 5 && staying.reduce((sum, one) => sum + cpuOf(one), cpuOf(subject)) <= 8 && !staying.some((one) => portsOf(one).some((port) => portsOf(subject).includes(port)));
}

/** Pods whose budget has no eviction left when the more important ones are counted first. */
function violatingOf(lower: readonly coreV1.Pod[], all: readonly policyV1.PodDisruptionBudget[]): coreV1.Pod[] {
  return lower.filter((one) => {
    const budget = all.find(({ spec }) => spec?.selector?.matchLabels?.['app'] === one.metadata.labels?.['app']);
    return budget !== undefined && lower.filter((other) => other.metadata.labels?.['app'] === one.metadata.labels?.['app']).indexOf(one) >= (budget.status?.disruptionsAllowed ?? 0);
  });
}

/**
 * Of all sets whose leaving makes room, the one that keeps who should be kept: first those that a budget protects, then the others, each by importance.
 * That is the set whose row of "stays" comes first when rows are compared from the left.
 */
function naiveVictims({ pods }: Placed, subject: coreV1.Pod, all: readonly policyV1.PodDisruptionBudget[]): { names: string[]; violations: number } | undefined {
  const lower = pods.filter((one) => priorityOf(one) < priorityOf(subject)).sort(byImportance);
  if (lower.length === 0) return undefined;
  const violating = violatingOf(lower, all);
  const order = [...violating, ...lower.filter((one) => !violating.includes(one))];
  for (let set = 0; set < 2 ** order.length; set++) {
    const goes = order.filter((_one, i) => (set & (1 << (order.length - 1 - i))) !== 0);
    if (fits(pods.filter((one) => !goes.includes(one)), subject)) return { names: [...goes].sort(byImportance).map(nameOf), violations: goes.filter((one) => violating.includes(one)).length };
  }
  return undefined;
}

function victimsOn(nodes: World, subject: coreV1.Pod, all: readonly policyV1.PodDisruptionBudget[]): Map<NodeView, Exclude<ReturnType<typeof selectVictims>, { code: unknown }>> {
  const cluster = clusterOf(nodes, { objects: all.map((one) => [policyV1Resources.poddisruptionbudgets, one] as const) });
  const cycle = { ...cycleOf(cluster, subject), nowMs: NOW_MS };
  const { filters } = prepareFilters(cycle, cluster.profile, { nominations: cluster.nominator });
  return new Map(cluster.table.nodes.flatMap((view) => { const found = selectVictims(cycle, view, { retry: filters, budgetsOf: () => all }); return 'code' in found ? [] : [[view, found] as const]; }));
}

const subjects = pod.map((one) => ({ ...one, spec: { ...one.spec, priority: 3 } as coreV1.PodSpec })); // the spec is that of a pod

describe('DefaultPreemption', () => {
  test('victims of a node', () => {
    fc.assert(fc.property(world, subjects, budgets, (nodes, subject, all) => {
      const naive = Object.fromEntries(nodes.map((placed) => [placed.node.metadata.name, naiveVictims(placed, subject, all)]));
      const found = victimsOn(nodes, subject, all);
      expect(Object.fromEntries(nodes.map(({ node: { metadata: { name } } }) => { const one = [...found].find(([view]) => view.name === name)?.[1]; return [name, one && { names: one.pods.map(({ pod: { metadata } }) => metadata.name), violations: one.violations }]; }))).toEqual(naive);
    }), { numRuns: RUNS * 2 });
  });

  test('node', () => {
    fc.assert(fc.property(world, subjects, budgets, (nodes, subject, all) => {
      const found = victimsOn(nodes, subject, all);
      const podOf = new Map(nodes.flatMap(({ pods }) => pods).map((one) => [nameOf(one), one]));
      const costs = [...found].map(([view, { pods, violations }]) => {
        const raw = pods.map(({ pod: { metadata } }) => podOf.get(metadata.name) as coreV1.Pod); // they are of this world
        const most = Math.max(...raw.map(priorityOf));
        const earliest = raw.filter((one) => priorityOf(one) === most).map(startOf).sort()[0] ?? '';
        return { name: view.name, cost: [violations, raw.length === 0 ? -Infinity : most, raw.reduce((sum, one) => sum + priorityOf(one) + 2 ** 31, 0), raw.length, -Date.parse(earliest)] };
      });
      const better = (a: readonly number[], b: readonly number[]): boolean => { const i = a.findIndex((one, at) => one !== b[at]); return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0); };
      const best = costs.filter(({ cost }) => !costs.some((other) => better(other.cost, cost)));
      const chosen = chooseCandidate(found, NOW_MS);
      expect(chosen === undefined ? [] : best.map(({ name }) => name)).toEqual(chosen === undefined ? best : expect.arrayContaining([chosen.name]));
    }), { numRuns: RUNS });
  });
});

import { matchesLabels } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import { podQuery } from '../cache/pod-counts.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { TopologyColumn } from '../cache/topology-column.ts';
import type { PodTopologySpreadArgs } from '../config/plugin-args.ts';
import type { Cycle, NodeFilter, Plugin, PluginHandle } from '../framework/plugin.ts';
import { unresolvable, unschedulable } from '../framework/verdict.ts';
import { spreadEvents } from './pod-topology-spread-events.ts';
import { spreadScorer } from './pod-topology-spread-score.ts';
import { compileConstraints, hasAllKeys, inclusion, type SpreadConstraint } from './spread-constraints.ts';
import { workloadSelectors } from './workload-selector.ts';

type Pod = Readonly<coreV1.Pod>;

const SKEWED = unschedulable("node(s) didn't match pod topology spread constraints");
const UNLABELLED = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");

/** Without any constraints of their own, pods of a workload or Service are spread over hosts and, more loosely, zones. */
const SYSTEM_DEFAULTS: readonly coreV1.TopologySpreadConstraint[] = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
];

/** Spreads like pods evenly over zones, hosts, or whatever label their constraints name. */
export function podTopologySpread({ defaultingType, defaultConstraints }: PodTopologySpreadArgs, handle: Pick<PluginHandle, 'lister'>): Plugin {
  const bySystem = defaultingType === 'System';
  const defaults = bySystem ? SYSTEM_DEFAULTS : defaultConstraints;
  const selectorOf = defaults.length === 0 ? undefined : workloadSelectors(handle);
  const constraintsOf = (pod: Pod, kind: string): SpreadConstraint[] => {
    const own = pod.spec?.topologySpreadConstraints ?? [];
    if (own.length > 0) return compileConstraints(own, pod.metadata.labels, kind);
    const compiled = compileConstraints(defaults, pod.metadata.labels, kind);
    const selector = compiled.length === 0 ? undefined : selectorOf?.(pod);
    return selector === undefined ? [] : compiled.map((one) => ({ ...one, selector }));
  };
  return {
    name: 'PodTopologySpread',
    events: spreadEvents((pod) => constraintsOf(pod, 'DoNotSchedule')),
    prepareFilter(cycle) {
      const constraints = constraintsOf(cycle.subject.pod, 'DoNotSchedule');
      return constraints.length === 0 ? undefined : new SpreadFilter(cycle, constraints);
    },
    prepareScore(cycle, nodes) {
      const { pod } = cycle.subject;
      const constraints = constraintsOf(pod, 'ScheduleAnyway');
      const allKeys = (pod.spec?.topologySpreadConstraints ?? []).length > 0 || !bySystem;
      return constraints.length === 0 ? undefined : spreadScorer(cycle, nodes, { constraints, allKeys });
    },
  };
}

/** One constraint with the pods that it counts, by topology value. */
interface Domains {
  readonly constraint: SpreadConstraint;
  readonly includes: ((node: Readonly<coreV1.Node>) => boolean) | undefined;
  readonly column: TopologyColumn;
  /** The pod itself, if it is one of those it spreads. */
  readonly self: 0 | 1;
  readonly counts: Int32Array;
  /** 1 for values that a node that counts has. */
  readonly present: Uint8Array;
  values: number;
  /** Of the emptiest domain; undefined after a change. */
  least: number | undefined;
}

class SpreadFilter implements NodeFilter {
  readonly #constraints: readonly SpreadConstraint[];
  readonly #domains: readonly Domains[];
  readonly #namespace: string;

  constructor(cycle: Cycle, constraints: readonly SpreadConstraint[]) {
    this.#constraints = constraints;
    this.#namespace = cycle.subject.namespace;
    this.#domains = constraints.map((constraint) => countDomains(cycle, constraint, constraints));
  }

  check({ row }: NodeView): ReturnType<NodeFilter['check']> {
    for (const domains of this.#domains) {
      const id = domains.column.id(row);
      if (id < 0) return UNLABELLED;
      if ((domains.counts[id] ?? 0) + domains.self - leastOf(domains) > domains.constraint.maxSkew) return SKEWED;
    }
    return undefined;
  }

  podAdded(pod: PodInfo, node: NodeView): void { this.#change(pod, node, 1); }
  podRemoved(pod: PodInfo, node: NodeView): void { this.#change(pod, node, -1); }

  #change(pod: PodInfo, { node, row, labels }: NodeView, by: 1 | -1): void {
    if (pod.namespace !== this.#namespace || !hasAllKeys(this.#constraints, labels)) return;
    for (const domains of this.#domains) {
      if (!matchesLabels(domains.constraint.selector, pod.labels) || domains.includes?.(node) === false) continue;
      const id = domains.column.id(row);
      domains.counts[id] = (domains.counts[id] ?? 0) + by;
      domains.least = undefined;
    }
  }
}

/** Nodes without one of the keys, and those that the constraint leaves out, belong to no domain. */
function countDomains({ subject, table }: Cycle, constraint: SpreadConstraint, all: readonly SpreadConstraint[]): Domains {
  const { selector, key } = constraint;
  const column = table.topology(key);
  const domains: Domains = {
    constraint, column, includes: inclusion(subject.pod, constraint), self: matchesLabels(selector, subject.labels) ? 1 : 0,
    counts: new Int32Array(column.size), present: new Uint8Array(column.size), values: 0, least: undefined,
  };
  const { counts, present, includes } = domains;
  const rows = selector.length === 0 ? undefined : table.matching(podQuery({ namespaces: new Set([subject.namespace]), selectors: [selector], withoutTerminating: true })); // a selector of everything counts nothing
  const columns = all.map((one) => table.topology(one.key));
  for (const { row, node } of table.nodes) {
    const id = column.id(row);
    if (id < 0 || columns.some((one) => one.id(row) < 0) || includes?.(node) === false) continue;
    if (present[id] === 0) { present[id] = 1; domains.values++; }
    if (rows !== undefined) counts[id] = (counts[id] as number) + (rows[row] as number); // within length
  }
  return domains;
}

/** With fewer domains than asked for, an empty one is missing. */
function leastOf(domains: Domains): number {
  if (domains.values < domains.constraint.minDomains) return 0;
  if (domains.least === undefined) {
    let least = Infinity;
    for (let id = 0; id < domains.counts.length; id++) if (domains.present[id] === 1) least = Math.min(least, domains.counts[id] as number); // within length
    domains.least = least;
  }
  return domains.least;
}

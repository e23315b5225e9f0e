import type { coordinationV1, coreV1 } from '@kubernode/api';
import { coreV1Resources } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { nodeEvent, nodeStatusEvent } from '../node-events.ts';
import { heardOf, silentConditions, type GracePeriods, type Moment, type NodeHealth } from './node-health.ts';
import { hasNoExecute, noExecuteKeyFor, NOT_READY, readyConditionOf, taintActions, UNREACHABLE, withNoExecuteTaint, withNoScheduleTaints, type NodeCondition } from './node-taints.ts';
import { notReadyActions, saysOtherwise } from './pods-not-ready.ts';
import { fullLimit, take, waitMs } from './rate-limit.ts';
import { countsForDisruption, disruptionAfter, zoneKeyOf, type DisruptionOptions, type Zone, type ZoneTally } from './zone-disruption.ts';

type Node = Readonly<coreV1.Node>;

export type MonitorOptions = GracePeriods & DisruptionOptions & { periodMs: number };

/** What the monitor remembers from one look to the next. Never changed in place. */
export interface MonitorState {
  readonly nodes: ReadonlyMap<string, NodeHealth>;
  readonly zones: ReadonlyMap<string, Zone>;
  /** Nodes whose pods are yet to be marked as not ready. */
  readonly unmarked: ReadonlySet<string>;
  /** Nodes that had their turn to be given up; a refused write costs them no other. */
  readonly granted: ReadonlySet<string>;
}

export interface ClusterView {
  nodes: readonly Node[];
  leaseOf(nodeName: string): Readonly<coordinationV1.Lease> | undefined;
  podsOn(nodeName: string): readonly Readonly<coreV1.Pod>[];
}

export interface MonitorOutcome {
  state: MonitorState;
  actions: readonly Action[];
  againAfterMs: number;
  /** For metrics: what zones look like, and whose nodes were given up. */
  tallies: ReadonlyMap<string, ZoneTally>;
  evictions: readonly string[];
}

export const nothingKnown: MonitorState = { nodes: new Map(), zones: new Map(), unmarked: new Set(), granted: new Set() };

/** After writes, of which one may have been refused. */
const SETTLE_MS = 500;

/** A node as this look finds it. */
interface Judged {
  /** As stored. */
  node: Node;
  /** With the conditions that it gets. */
  next: Node;
  zone: string;
  /** Undefined for a node that never reported and may still take its time. */
  ready: NodeCondition | undefined;
  fellSilent: boolean;
  isNew: boolean;
}

/**
 * One look at all nodes: those silent for too long become Unknown, and their pods are marked as not ready; those that are not ready
 * get the taint that drives pods away, as fast as the state of their zone allows; those that are ready lose it.
 */
export function monitorNodes(before: MonitorState, view: ClusterView, moment: Moment, options: MonitorOptions): MonitorOutcome {
  const health = new Map(view.nodes.map((node) => [node.metadata.name, heardOf(before.nodes.get(node.metadata.name), node, view.leaseOf(node.metadata.name), moment)]));
  const judged = view.nodes.map((node) => judge(node, health.get(node.metadata.name) as NodeHealth, { before, moment, options })); // just set
  const tallies = tallyZones(judged);
  const known = zonesOf(judged, before.zones, options, moment);
  const { zones: limits, cut } = disruptionAfter(known, tallies, options, moment.monotonicMs);
  const { zones, mayEvict, nextTokenMs } = cut === 'entered' ? { zones: limits, mayEvict: new Set<string>(), nextTokenMs: undefined } : admit(judged, before.granted, limits, moment.monotonicMs);
  const heard = cut === 'left' ? new Map([...health].map(([name, one]) => [name, { ...one, heardMs: moment.monotonicMs }])) : health;
  const unmarked = stillUnmarked(judged, before.unmarked, view);
  const actions = judged.flatMap((one) => nodeActions(one, { isCut: cut === 'entered', mayEvict, unmarked, view, moment }));
  return {
    state: { nodes: heard, zones, unmarked, granted: mayEvict }, tallies,
    evictions: judged.filter(({ node: { metadata: { name } } }) => mayEvict.has(name) && !before.granted.has(name)).map(({ zone }) => zone),
    actions: [...comingsAndGoings(judged, before, health), { do: 'all', actions }],
    againAfterMs: Math.min(actions.length > 0 ? SETTLE_MS : options.periodMs, options.periodMs, nextTokenMs ?? Infinity),
  };
}

function judge(node: Node, health: NodeHealth, { before, moment, options }: { before: MonitorState; moment: Moment; options: GracePeriods }): Judged {
  const conditions = silentConditions(node, health, options, moment);
  const next: Node = conditions === undefined ? node : { ...node, status: { ...node.status, conditions: [...conditions] } };
  return { node, next, zone: zoneKeyOf(node), ready: readyConditionOf(next), fellSilent: conditions !== undefined, isNew: !before.nodes.has(node.metadata.name) };
}

function tallyZones(judged: readonly Judged[]): Map<string, ZoneTally> {
  const tallies = new Map<string, ZoneTally>();
  for (const { node, zone, ready } of judged) {
    if (!countsForDisruption(node)) continue;
    const { ready: well, notReady } = tallies.get(zone) ?? { ready: 0, notReady: 0 };
    tallies.set(zone, ready?.status === 'True' ? { ready: well + 1, notReady } : { ready: well, notReady: notReady + 1 });
  }
  return tallies;
}

/** The zones that have nodes; a new one begins at full speed. */
function zonesOf(judged: readonly Judged[], before: ReadonlyMap<string, Zone>, { evictionRate }: DisruptionOptions, { monotonicMs }: Moment): Map<string, Zone> {
  return new Map(judged.map(({ zone }): [string, Zone] => [zone, before.get(zone) ?? { state: 'Initial', limit: fullLimit(evictionRate, monotonicMs) }]));
}

/** Which nodes get the taint that drives pods away now, and when the next of those that wait may. */
function admit(judged: readonly Judged[], granted: ReadonlySet<string>, zones: ReadonlyMap<string, Zone>, monotonicMs: number): { zones: Map<string, Zone>; mayEvict: ReadonlySet<string>; nextTokenMs: number | undefined } {
  const left = new Map(zones);
  const mayEvict = new Set<string>();
  let nextTokenMs: number | undefined;
  for (const one of judged) {
    if (!waitsForEviction(one)) continue;
    if (granted.has(one.node.metadata.name)) { mayEvict.add(one.node.metadata.name); continue; }
    const zone = left.get(one.zone) as Zone; // every node has one
    const limit = take(zone.limit, monotonicMs);
    if (limit === undefined) {
      const wait = waitMs(zone.limit, monotonicMs);
      if (wait !== undefined) nextTokenMs = Math.min(nextTokenMs ?? wait, wait);
      continue;
    }
    left.set(one.zone, { ...zone, limit });
    mayEvict.add(one.node.metadata.name);
  }
  return { zones: left, mayEvict, nextTokenMs };
}

/** A node that already has the opposite taint has lost its pods anyway: it changes its taint at once. */
function waitsForEviction({ node, ready }: Judged): boolean {
  return ready !== undefined && noExecuteKeyFor(ready) !== undefined && !hasNoExecute(node, NOT_READY) && !hasNoExecute(node, UNREACHABLE);
}

/** Those that just fell silent, and those of before that have pods left to mark and are not well again. */
function stillUnmarked(judged: readonly Judged[], before: ReadonlySet<string>, { podsOn }: ClusterView): Set<string> {
  return new Set(judged.flatMap(({ node, ready, fellSilent }) => {
    const { name } = node.metadata;
    const isDue = fellSilent ? readyConditionOf(node)?.status === 'True' : before.has(name) && ready?.status !== 'True';
    return isDue && podsOn(name).some(saysOtherwise) ? [name] : [];
  }));
}

function comingsAndGoings(judged: readonly Judged[], before: MonitorState, now: ReadonlyMap<string, NodeHealth>): Action[] {
  const gone = [...before.nodes].filter(([name]) => !now.has(name));
  return [
    ...judged.filter(({ isNew }) => isNew).map(({ node: { metadata: { name, uid } } }) => nodeEvent({ name, uid }, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`)),
    ...gone.map(([name, { uid }]) => nodeEvent({ name, uid }, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`)),
  ];
}

interface Decided { isCut: boolean; mayEvict: ReadonlySet<string>; unmarked: ReadonlySet<string>; view: ClusterView; moment: Moment }

/** A refused write is tried again with the next look; the others' nodes do not wait for it. */
function nodeActions(one: Judged, decided: Decided): Action[] {
  const { node, next, fellSilent } = one;
  const { name, uid } = node.metadata;
  const marks: Action[] = decided.unmarked.has(name) ? [{ do: 'all', actions: decided.view.podsOn(name).flatMap((pod) => notReadyActions(pod, decided.moment.nowMs)) }] : [];
  const after = (written: Node): Action[] => [...taintActions(written, taintsFor({ ...one, next: written }, decided)).map(tolerant), ...marks];
  if (!fellSilent) return after(node);
  const told = readyConditionOf(node)?.status === 'True' ? [nodeStatusEvent({ name, uid }, 'NodeNotReady')] : [];
  return [{
    do: 'update', resource: coreV1Resources.nodes, object: next, subresource: 'status',
    then: (written) => [...told, ...after(written as Node)], // what was written is a node
    otherwise: () => ({ handled: true }),
  }];
}

/** The taint that drives pods away comes together with the one that keeps them away, so that their order is always the same. */
function taintsFor({ node, next, ready, isNew }: Judged, { isCut, mayEvict, moment: { nowMs } }: Decided): readonly coreV1.Taint[] {
  const taints = next.spec?.taints ?? [];
  const wanted = ready === undefined ? undefined : noExecuteKeyFor(ready);
  if (isCut || ready?.status === 'True' || (ready === undefined && isNew)) return withNoExecuteTaint(taints, undefined, nowMs) as coreV1.Taint[]; // taints of the node
  if (wanted === undefined || hasNoExecute(node, wanted)) return taints;
  if (!mayEvict.has(node.metadata.name) && !hasNoExecute(node, NOT_READY) && !hasNoExecute(node, UNREACHABLE)) return taints;
  return withNoExecuteTaint(withNoScheduleTaints(next, nowMs), wanted, nowMs) as coreV1.Taint[]; // as above
}

function tolerant(action: Action): Action {
  return action.do === 'patch' ? { ...action, otherwise: () => ({ handled: true }) } : action;
}

import type { coreV1, ResourceRef } from '@kubernode/api';
import type { Clock, Rng } from '@kubernode/base';
import type { Client, Lister, SeriesStatement } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Span } from '@kubernode/tracing';
import type { NodeTable, NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { EventRegistration } from './cluster-event.ts';
import type { QueuedPod } from './queued-pod.ts';
import type { Refused, Verdict } from './verdict.ts';

type Pod = Readonly<coreV1.Pod>;

export const SCORE_MAX = 100;

/** One attempt to place one pod. Plugins keep what they find out under it (in a WeakMap) for their later extension points. */
export interface Cycle {
  readonly subject: PodInfo;
  readonly table: NodeTable;
  /** Wall-clock time of the attempt. */
  readonly nowMs: number;
  /** Of the attempt, where it is traced. */
  readonly span?: Span | undefined;
}

/** Made once an attempt, asked once a node. */
export interface NodeFilter {
  /** Undefined: the node will do. */
  check(node: NodeView): Verdict | undefined;
  /** Names of the only nodes that are worth asking. */
  readonly only?: ReadonlySet<string>;
  /** What if this pod were on, or off, that node? The table shows it already. Absent: what `check` looks at is all in the table. */
  podAdded?(pod: PodInfo, node: NodeView): void;
  podRemoved?(pod: PodInfo, node: NodeView): void;
}

/** Made once an attempt for the nodes that will do. */
export interface NodeScorer {
  /** Higher is better; any scale where there is a `normalise`, else 0 to 100. */
  score(node: NodeView): number;
  /** Turns the scores of all nodes, in their order, into 0 to 100. */
  normalise?(scores: Float64Array, nodes: readonly NodeView[]): void;
}

/** Why the nodes do not do. */
export interface Refusals {
  readonly byNode: ReadonlyMap<NodeView, Refused>;
  /** For nodes that were not asked one by one. */
  readonly others: Refused | undefined;
}

/** What was done for a pod that no node takes. */
export interface PostFilterOutcome {
  /** Undefined: room is being made. */
  readonly verdict: Verdict | undefined;
  /** The node that the pod should get ('' to take back an earlier promise); undefined leaves things as they are. */
  readonly nominated?: string | undefined;
}

/** Undefined goes on, a verdict turns down, a wait holds the pod until the plugin allows or rejects it or the time is over. */
export type Permit = Verdict | { readonly waitMs: number } | undefined;

/**
 * A rule of scheduling. What decides is synchronous and pure: given the same cycle and listers it answers the same, and leaves the table as
 * it found it. Only preBind, bind and the work that postFilter sends off may wait.
 */
export interface Plugin {
  readonly name: string;
  /** Whether a pod may enter the queue. */
  preEnqueue?(pod: Pod): Verdict | undefined;
  /** Whether `a` comes out of the queue before `b`. */
  before?(a: QueuedPod, b: QueuedPod): boolean;
  /** Extension points preFilter and filter. Undefined: nothing to say about this pod. A verdict turns it down without asking any node. */
  prepareFilter?(cycle: Cycle): NodeFilter | Verdict | undefined;
  /** Extension point postFilter. A promise is for what only others outside can tell; no other pod is tried meanwhile. */
  postFilter?(cycle: Cycle, refusals: Refusals, retry: DryRun): PostFilterOutcome | Promise<PostFilterOutcome>;
  /** Extension points preScore and score. Undefined: nothing to say about this pod. */
  prepareScore?(cycle: Cycle, nodes: readonly NodeView[]): NodeScorer | undefined;
  reserve?(cycle: Cycle, node: NodeView): Verdict | undefined;
  /** Takes a reservation back; also called when it was not made. */
  unreserve?(cycle: Cycle, node: NodeView): void;
  permit?(cycle: Cycle, node: NodeView): Permit;
  /** Whether preBind will have something to do. */
  needsPreBind?(cycle: Cycle, node: NodeView): boolean;
  preBind?(cycle: Cycle, node: NodeView, signal: AbortSignal): Promise<Verdict | undefined>;
  /** `skip` leaves the pod to the next plugin. */
  bind?(cycle: Cycle, node: NodeView, signal: AbortSignal): Promise<Verdict | 'skip' | undefined>;
  postBind?(cycle: Cycle, node: NodeView): void;
  /** What may turn this plugin's verdict around. Absent: anything. */
  readonly events?: readonly EventRegistration[];
}

/** For plugins that ask "what if": the filters of the attempt, over a table that may be changed for the while. */
export interface DryRun {
  /** Whether the pod fits now, with more important pods that are promised the node counted in. */
  fits(node: NodeView): Refused | undefined;
  add(pod: PodInfo, node: NodeView): void;
  remove(pod: PodInfo, node: NodeView): void;
}

/** What plugins may use; of one profile. */
export interface PluginHandle {
  readonly profileName: string;
  /** Objects as the watches show them; asked for when the plugin is made, so that they are there when it is asked. */
  lister<T>(resource: ResourceRef<T>): Lister<T>;
  readonly client: Client;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Sends work off that nobody waits for; failures are logged. Ends with the process's lead. */
  background(what: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Lets a waiting pod be tried at once. */
  activate(pod: Pod): void;
  readonly waitingPods: WaitingPods;
  /** Tells of something in the pod's events. */
  event(about: Pod, statement: SeriesStatement): void;
  readonly nominations: Nominations;
  readonly preemptingExtenders: readonly PreemptingExtender[];
}

/** Pods that have a node but are not bound: they wait for a permit, or for what comes before binding. */
export interface WaitingPods {
  /** Of those that wait for a permit. */
  uids(): readonly string[];
  /** The plugin wants to wait no longer. */
  allow(uid: string, plugin: string): void;
  /** False when no such pod waits for a permit. */
  reject(uid: string, plugin: string, message: string): boolean;
  /** Ends what comes before binding; false when there is nothing to end, or binding has begun. */
  cancelPreBind(uid: string, message: string): boolean;
}

/** A program outside that may object to victims. */
export interface PreemptingExtender {
  readonly name: string;
  readonly ignorable: boolean;
  isInterested(pod: Pod): boolean;
  /** Which of the nodes, and there which of the victims, it agrees to. */
  processPreemption(pod: Pod, victims: ReadonlyMap<NodeView, NodeVictims>, table: NodeTable): Promise<Map<NodeView, NodeVictims>>;
}

/** Pods that would have to go from a node, the most important first. */
export interface NodeVictims { readonly pods: readonly PodInfo[]; /** Disruption budgets that this breaks. */ readonly violations: number }

export interface Nominations {
  on(node: string): readonly PodInfo[];
}

export type PluginFactory = (handle: PluginHandle, args: Readonly<Record<string, unknown>>) => Plugin;

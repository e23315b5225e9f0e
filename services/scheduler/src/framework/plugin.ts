import type { LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { NodeTable, NodeView, PodView } from '../cache/node-table.ts';

/** What happened in the cluster that may make room for a waiting pod. */
export type ClusterEvent = 'node-added' | 'node-updated' | 'pod-added' | 'pod-updated' | 'pod-removed' | 'waiting-pod-updated';

/** Why a node will not do. `resolvable`: taking pods off it might help. */
export interface Refusal { reasons: readonly string[]; resolvable: boolean }

export interface CycleInput {
  subject: PodView;
  table: NodeTable;
  /** The namespaces' labels, for terms that select namespaces. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>>;
  /** What the Services and the workload that the pod belongs to select together; undefined when it belongs to none. */
  workloadSelector?(pod: Readonly<coreV1.Pod>): LabelSelector | undefined;
}

/** Prepared once a cycle, asked once a node. Undefined: the node will do. */
export type NodeFilter = (node: NodeView) => Refusal | undefined;
/** Prepared once a cycle for the nodes that will do; higher is better, before normalisation any scale. */
export type NodeScorer = (node: NodeView) => number;

/** A rule of scheduling. All of it is pure: no clock, no I/O; given the same input it answers the same. */
export interface Plugin {
  readonly name: string;
  /** Whether a pod may enter the queue; a reason if not. */
  preEnqueue?(pod: Readonly<coreV1.Pod>): string | undefined;
  /** Undefined when the pod does not care, so that no node is asked. A refusal here refuses the pod as a whole. */
  prepareFilter?(input: CycleInput): NodeFilter | undefined;
  /** Undefined when the pod does not care. */
  prepareScore?(input: CycleInput, nodes: readonly NodeView[]): NodeScorer | undefined;
  /** How the scores of all nodes become 0 to 100; by default they are that already. */
  normalise?: 'highest-is-100' | 'lowest-is-100' | 'between-extremes';
  weight?: number;
  /** What may turn this plugin's refusal around. */
  readonly events: readonly ClusterEvent[];
}

export const SCORE_MAX = 100;

import type { coreV1 } from '@kubernode/api';

/** The container of a case, as far as it matters to it; image and name are given to it. */
export type CaseContainer = Partial<coreV1.Container>;

/**
 * A pod that runs to its end, named like the conformance test of Kubernetes whose statement it proves; what it printed is the proof.
 * `id` names the pod, and whatever the case brings.
 */
export interface PodCase {
  name: string;
  /** Exists before the pod. */
  objects?: (id: string) => readonly object[];
  spec: (id: string) => Partial<Omit<coreV1.PodSpec, 'containers' | 'initContainers'>> & { containers: readonly CaseContainer[]; initContainers?: readonly CaseContainer[] };
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  /** Found in the log of the first container, in any order; what begins with `!` is not found there. */
  log: readonly (string | RegExp)[];
  phase?: 'Succeeded' | 'Failed';
  /** Written while the pod runs: it waits for the change. */
  change?: (id: string) => readonly { object: string; patch: object }[];
}

/** A shell script as a container's command. */
export function script(...lines: readonly string[]): CaseContainer { return { command: ['sh', '-c', lines.join('\n')] }; }

export const CONFORMANCE = '[Conformance]';
/** What Kubernetes' names end with, by how much of a node a test needs. */
export const NODE: string = `[NodeConformance] ${CONFORMANCE}`;
export const LINUX: string = `[LinuxOnly] ${NODE}`;

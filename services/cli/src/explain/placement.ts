import type { coreV1, ResourceRef } from '@kubernode/api';

/** What one scheduling plugin has against a pod, or against a node for it. */
export interface Objection { readonly plugin: string; readonly code: string; readonly reasons: readonly string[] }

/** How an attempt to place a pod would end; as the scheduler's own plugins say it. */
export interface PlacementJudgement {
  readonly isOurs: boolean;
  readonly schedulerName: string;
  readonly gates: readonly Objection[];
  readonly outright: readonly Objection[];
  readonly nodes: readonly { readonly node: string; readonly objections: readonly Objection[] }[];
  readonly outcome: { readonly node: string } | { readonly message: string; readonly preemptsOn: string | undefined };
}

/** The scheduler's judgement, given to this service by whoever composes them: services do not import each other. */
export interface Placement {
  /** What has to be read first. `config`: a KubeSchedulerConfiguration; the default without. */
  resources(config: string | undefined): readonly ResourceRef[];
  judge(pod: Readonly<coreV1.Pod>, options: { config: string | undefined; objectsOf(resource: ResourceRef): readonly object[]; nowMs: number }): PlacementJudgement;
}

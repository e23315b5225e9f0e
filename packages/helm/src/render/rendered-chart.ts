import type { Rng } from '@kubernode/base';
import type { Values } from '../values/values.ts';

export type HookEvent = 'pre-install' | 'post-install' | 'pre-delete' | 'post-delete' | 'pre-upgrade' | 'post-upgrade' | 'pre-rollback' | 'post-rollback' | 'test';
export type HookDeletePolicy = 'hook-succeeded' | 'hook-failed' | 'before-hook-creation';

/** One document that a template gave. */
export interface Manifest {
  /** Where it is from: `chart/templates/web.yaml`, `chart/charts/sub/templates/web.yaml`. */
  source: string;
  apiVersion: string;
  kind: string;
  /** metadata.name; '' for a list. */
  name: string;
  /** The YAML as it was rendered, without separators. */
  content: string;
}

/** A manifest with `helm.sh/hook`. */
export interface Hook extends Manifest {
  events: readonly HookEvent[];
  weight: number;
  /** As annotated; none means before-hook-creation. */
  deletePolicies: readonly HookDeletePolicy[];
  outputLogPolicies: readonly ('hook-succeeded' | 'hook-failed')[];
}

export interface ReleaseFacts {
  name: string;
  namespace: string;
  /** From 1. */
  revision: number;
  isUpgrade: boolean;
}

export interface RenderCapabilities {
  /** `v1.36.2`. */
  kubeVersion: string;
  /** `apps/v1` and `apps/v1/Deployment`, as `.Capabilities.APIVersions.Has` asks for them. */
  apiVersions: readonly string[];
}

/**
 * Reads for `lookup`: one object, or with an empty name the list of them (`{ apiVersion, kind: …List, items }`); all namespaces when that is
 * empty. undefined: there is none. Called once for each distinct question of a rendering.
 */
export type LookupReader = (question: { apiVersion: string; kind: string; namespace: string; name: string }) => Promise<unknown>;

export interface RenderOptions {
  release: ReleaseFacts;
  /** Kubernetes 1.36 with its built-in API versions when absent. */
  capabilities?: RenderCapabilities;
  /** Every lookup is empty when absent, as in `helm template`. */
  lookup?: LookupReader;
  /** What `now` says, ms since 1970. */
  now: number;
  rng: Rng;
  /** With the notes of dependencies. */
  subNotes?: boolean;
  /** values.schema.json is not asked. */
  skipSchema?: boolean;
  /** `required` and `fail` pass, as in `helm lint`. */
  lint?: boolean;
  /** Said when a chart or the values are odd but can be used. */
  warn?(message: string): void;
}

export interface RenderedChart {
  /** crds/ of the chart and its enabled dependencies; not templates. */
  crds: readonly Pick<Manifest, 'source' | 'content'>[];
  /** Without hooks, in the order to install them. */
  manifests: readonly Manifest[];
  /** By kind in install order; who runs them sorts an event's by weight, then name. */
  hooks: readonly Hook[];
  notes: string;
  /** All values as the templates saw them. */
  values: Values;
}

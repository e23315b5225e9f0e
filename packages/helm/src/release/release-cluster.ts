import type { JsonObject } from '@kubernode/apimachinery';
import type { RenderCapabilities } from '../render/rendered-chart.ts';

export interface ObjectType { apiVersion: string; kind: string }

/** An object by its names; `namespace` is '' for kinds that have none. */
export interface ObjectRef extends ObjectType { namespace: string; name: string }

export interface CallSignal { signal?: AbortSignal | undefined }

export type ObjectPatch = { type: 'strategic' | 'merge'; body: JsonObject };

export type Propagation = 'background' | 'foreground' | 'orphan';

/**
 * What releases need of a cluster. Refusals are StatusErrors. Objects are JSON as the API has them, of any kind that the cluster serves;
 * writes carry Helm's field manager, so that fields have one owner whichever tool wrote them.
 */
export interface ReleaseCluster {
  /** undefined: no such kind is served. */
  scopeOf(type: ObjectType, options?: CallSignal): Promise<'namespaced' | 'cluster' | undefined>;
  /** Its version and what it serves, as charts ask for them. */
  capabilities(options?: CallSignal): Promise<RenderCapabilities>;
  /** Kinds are asked for anew from here on: definitions were installed. */
  forgetKinds(): void;
  /** undefined: there is none. */
  get(ref: ObjectRef, options?: CallSignal): Promise<JsonObject | undefined>;
  /** All namespaces when that is ''. */
  list(type: ObjectType & { namespace: string; labelSelector?: string }, options?: CallSignal): Promise<readonly JsonObject[]>;
  create(ref: ObjectRef, object: JsonObject, options?: CallSignal & { dryRun?: boolean }): Promise<JsonObject>;
  /** Puts `object` in place of what is there, whatever its version. */
  replace(ref: ObjectRef, object: JsonObject, options?: CallSignal & { dryRun?: boolean }): Promise<JsonObject>;
  patch(ref: ObjectRef, patch: ObjectPatch, options?: CallSignal & { dryRun?: boolean }): Promise<JsonObject>;
  /** Server-side apply. */
  apply(ref: ObjectRef, object: JsonObject, options?: CallSignal & { force?: boolean; dryRun?: boolean }): Promise<JsonObject>;
  /** Resolves as well when there is none. */
  delete(ref: ObjectRef, options?: CallSignal & { propagation?: Propagation }): Promise<void>;
  /** What a container of a pod has said. */
  logs(pod: { namespace: string; name: string; container: string }, options?: CallSignal): Promise<string>;
}

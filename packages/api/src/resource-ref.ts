import type { GroupVersionResource } from '@kubernode/apimachinery';

declare const objectType: unique symbol;

/** A resource of the API with the type of its objects, for typed clients: `coreV1Resources.pods`. */
export interface ResourceRef<T = unknown> extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
  /** Exists for the compiler only. */
  readonly [objectType]?: T;
}

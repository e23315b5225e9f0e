import type { GroupVersionKind } from '../meta/group-version.ts';

/**
 * The part of OpenAPI 3 that Kubernetes' schemas use, with its extensions. The facts of the built-in kinds and the
 * schemas of custom resources both fit it; machinery takes it as a parameter.
 */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  /** `#/components/schemas/NAME`. */
  $ref?: string;
  /** One reference with a default or other facts beside it. */
  allOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  default?: unknown;
  nullable?: boolean;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema | boolean;
  required?: readonly string[];
  'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-unions'?: readonly unknown[];
}

/** Finds a schema by its NAME, `io.k8s.api.core.v1.Pod`: what stands in a reference behind `#/components/schemas/`. */
export type SchemaResolver = (name: string) => Schema | undefined;

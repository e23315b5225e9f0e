import type { GroupVersionKind } from '@kubernode/apimachinery';
import schemasJson from './facts/schemas.json' with { type: 'json' };

/** The part of OpenAPI 3 that Kubernetes' schemas use, with its extensions. */
export interface OpenApiSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  $ref?: string;
  /** One reference with a default or other facts beside it. */
  allOf?: readonly OpenApiSchema[];
  oneOf?: readonly OpenApiSchema[];
  default?: unknown;
  items?: OpenApiSchema;
  properties?: Readonly<Record<string, OpenApiSchema>>;
  additionalProperties?: OpenApiSchema | boolean;
  required?: readonly string[];
  'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-unions'?: readonly unknown[];
}

/** Schemas of all served kinds by name, `io.k8s.api.core.v1.Pod`. References read `#/components/schemas/NAME`. */
export const schemas: Readonly<Record<string, OpenApiSchema>> = schemasJson as Readonly<Record<string, OpenApiSchema>>; // generated in this shape

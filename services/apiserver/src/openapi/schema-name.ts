import type { GroupVersionKind } from '@kubernode/apimachinery';
import { resourceOfKind } from '@kubernode/api';
import type { OfferedResource } from '../discovery/served-api.ts';

/** How documents of version 3 refer to a schema: this, and its name. */
export const SCHEMA_REF = '#/components/schemas/';

/** The name of a resource's schema: `io.k8s.api.apps.v1.Deployment`; for custom kinds the group's labels reversed. */
export function schemaName(resource: Pick<OfferedResource, 'schema' | 'group' | 'version' | 'kind'>): string {
  return resource.schema ?? `${resource.group.split('.').reverse().join('.')}.${resource.version}.${resource.kind}`;
}

/** Likewise of a list of them. */
export function listSchemaName(resource: Pick<OfferedResource, 'schema' | 'group' | 'version' | 'kind' | 'listKind'>): string {
  const { group, version, kind, listKind = `${kind}List` } = resource;
  return resource.schema === undefined ? schemaName({ group, version, kind: listKind }) : `${resource.schema}List`;
}

/** Kinds that only subresources serve; no resource leads to their schemas. */
const SUBRESOURCE_SCHEMAS: Readonly<Record<string, string>> = {
  'autoscaling/v1/Scale': 'io.k8s.api.autoscaling.v1.Scale',
  'policy/v1/Eviction': 'io.k8s.api.policy.v1.Eviction',
  'authentication.k8s.io/v1/TokenRequest': 'io.k8s.api.authentication.v1.TokenRequest',
  '/v1/Binding': 'io.k8s.api.core.v1.Binding',
};

export function schemaNameOfKind({ group, version, kind }: GroupVersionKind): string | undefined {
  return SUBRESOURCE_SCHEMAS[`${group}/${version}/${kind}`] ?? resourceOfKind({ group, version, kind })?.schema;
}

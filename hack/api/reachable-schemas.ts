import type { CollectedResource } from './collect-resources.ts';

export interface Schema {
  type?: string; format?: string; $ref?: string; allOf?: Schema[]; items?: Schema; properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean; required?: string[]; oneOf?: Schema[]; enum?: string[];
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}
export type Schemas = Record<string, Schema>;

/** Kinds that appear in requests and answers of every group without being resources. */
const ALWAYS = ['Status', 'DeleteOptions', 'WatchEvent', 'APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions'];

export const refName = (schema: Schema | undefined): string | undefined =>
  (schema?.$ref ?? (schema?.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined))?.replace('#/components/schemas/', '');

/** The schemas of all served kinds, of their lists and subresources, and all that these refer to; sorted by name. */
export function reachableSchemas(resources: readonly CollectedResource[], all: Schemas): Schemas {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const schema = all[name];
    if (!schema || seen.has(name)) return;
    seen.add(name);
    for (const match of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) visit(match[1] ?? '');
  };
  for (const r of resources) {
    if (r.schema === undefined) continue;
    visit(r.schema);
    visit(`${r.schema}List`);
    for (const sub of r.subresources ?? []) for (const name of Object.keys(all)) {
      const kinds = all[name]?.['x-kubernetes-group-version-kind'];
      if (kinds?.length === 1 && kinds[0]?.kind === sub.kind && kinds[0].group === sub.group && kinds[0].version === sub.version) visit(name);
    }
  }
  for (const kind of ALWAYS) visit(`io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`);
  return Object.fromEntries([...seen].sort().map((name) => [name, all[name] as Schema])); // visited, so it exists
}

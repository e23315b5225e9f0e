import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Schemas } from './reachable-schemas.ts';

/** Where each resource is stored, by `GROUP/VERSION/RESOURCE` (`VERSION/RESOURCE` in the core group). */
export type EtcdKeys = Record<string, { prefix?: string; storedAs?: string }>;

interface DiscoveredResource {
  name: string; singularName: string; kind: string; namespaced: boolean; verbs: string[];
  group?: string; version?: string; shortNames?: string[]; categories?: string[];
}

/** One line of facts/resources.json; packages/api's ResourceFacts is its twin, with the meaning of each field. */
export interface CollectedResource {
  group: string; version: string; resource: string; singular: string; kind: string; namespaced: boolean; verbs: string[];
  shortNames?: string[]; categories?: string[]; schema?: string; etcdPrefix?: string; storage?: { group: string; version: string };
  subresources?: { name: string; group: string; version: string; kind: string; verbs: string[] }[];
}

/** Kubernetes stores these in another version than the newest one served, so that an older server can still read them. */
function storageVersion(storedAs: string): { group: string; version: string } {
  const [groupVersion = ''] = storedAs.split(' ');
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  return { group: group ?? '', version: version ?? '' };
}

/** All served resources, in the order of discovery, each with its subresources and storage. */
export function collectResources(discoveryDir: string, etcdKeys: EtcdKeys, schemas: Schemas): CollectedResource[] {
  const schemaOf = indexByKind(schemas);
  const out: CollectedResource[] = [];
  for (const { groupVersion, resources } of readDiscovery(discoveryDir)) {
    const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') as [string, string] : ['', groupVersion] as const; // GROUP/VERSION has two parts
    for (const r of resources.filter((one) => !one.name.includes('/'))) {
      const subresources = resources.filter((one) => one.name.startsWith(`${r.name}/`)).map((one) => ({
        name: one.name.slice(r.name.length + 1), group: one.group ?? group, version: one.version ?? version, kind: one.kind, verbs: one.verbs,
      }));
      const stored = etcdKeys[`${group === '' ? '' : `${group}/`}${version}/${r.name}`];
      const schema = schemaOf.get(`${group}/${version}/${r.kind}`);
      const storage = stored?.storedAs === undefined ? undefined : storageVersion(stored.storedAs);
      out.push({
        group, version, resource: r.name, singular: r.singularName, kind: r.kind, namespaced: r.namespaced, verbs: r.verbs,
        ...(r.shortNames && { shortNames: r.shortNames }), ...(r.categories && { categories: r.categories }),
        ...(schema !== undefined && { schema }), ...(stored?.prefix !== undefined && { etcdPrefix: stored.prefix }),
        ...(storage && { storage }), ...(subresources.length > 0 && { subresources }),
      });
    }
  }
  return out;
}

function readDiscovery(dir: string): { groupVersion: string; resources: DiscoveredResource[] }[] {
  const lists = [];
  for (const file of readdirSync(dir).filter((f) => f === 'core-resources.json' || f.startsWith('resources-of-')).sort()) {
    const recorded = JSON.parse(readFileSync(path.join(dir, file), 'utf8')) as { want: { body: { groupVersion?: string; resources?: DiscoveredResource[] } }[] }; // recorded answers
    for (const { body } of recorded.want) if (body.groupVersion !== undefined && body.resources) lists.push({ groupVersion: body.groupVersion, resources: body.resources });
  }
  return lists;
}

function indexByKind(schemas: Schemas): Map<string, string> {
  const index = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    const kinds = schema['x-kubernetes-group-version-kind'] ?? [];
    if (kinds.length === 1 && kinds[0]) index.set(`${kinds[0].group}/${kinds[0].version}/${kinds[0].kind}`, name);
  }
  return index;
}

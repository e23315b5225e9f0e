import { formatApiVersion, isJsonObject } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Client } from '@kubernode/client';

/** A resource as the cluster serves it now, custom ones included. */
export interface DiscoveredResource extends ResourceRef<unknown> { readonly verbs: readonly string[] }

export interface Discovery {
  /** Each resource once, in the version of its group that is preferred among those that have it. */
  resources: readonly DiscoveredResource[];
  /** Every version of every kind, by `apiVersion kind`. */
  byKind: ReadonlyMap<string, DiscoveredResource>;
  /** What is known to be missing: `group/version`s whose server does not answer. */
  stale: readonly string[];
}

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What the cluster serves, by two requests. A group whose server does not answer is listed as stale; rejects when nothing is known. */
export async function discoverResources(client: Client, signal: AbortSignal): Promise<Discovery> {
  const documents = await Promise.all(['/api', '/apis'].map((path) => read(client, path, signal)));
  const versions = documents.flatMap(({ items = [] }) => items).flatMap(({ metadata: { name: group = '' } = {}, versions: all = [] }) => all.map((one) => ({ group, ...one })));
  const resources = new Map<string, DiscoveredResource>();
  const byKind = new Map<string, DiscoveredResource>();
  for (const { group, version, resources: served = [] } of versions) { // the preferred version of a group comes first
    for (const one of served) {
      const found = resourceOf(one, group, version);
      if (!resources.has(`${found.resource}.${group}`)) resources.set(`${found.resource}.${group}`, found);
      if (!byKind.has(kindKey(formatApiVersion(found), found.kind))) byKind.set(kindKey(formatApiVersion(found), found.kind), found);
    }
  }
  return { resources: [...resources.values()], byKind, stale: versions.filter(({ freshness }) => freshness === 'Stale').map(formatApiVersion) };
}

export function kindKey(apiVersion: string, kind: string): string { return `${apiVersion} ${kind}`; }

/** Kubernetes' sentence about groups that do not answer. */
export function discoveryFault(stale: readonly string[]): string {
  return `unable to retrieve the complete list of server APIs: ${[...stale].sort().map((one) => `${one}: stale GroupVersion discovery: ${one}`).join(', ')}`;
}

interface ResourceDiscovery { resource: string; responseKind?: { kind: string }; scope: 'Namespaced' | 'Cluster'; verbs: string[] }
interface VersionDiscovery { version: string; freshness?: 'Current' | 'Stale'; resources?: ResourceDiscovery[] }
interface GroupDiscoveryList { items?: { metadata?: { name?: string }; versions?: VersionDiscovery[] }[] }

function resourceOf({ resource, responseKind, scope, verbs }: ResourceDiscovery, group: string, version: string): DiscoveredResource {
  return { group, version, resource, kind: responseKind?.kind ?? '', namespaced: scope === 'Namespaced', verbs };
}

async function read(client: Client, path: string, signal: AbortSignal): Promise<GroupDiscoveryList> {
  const { status, body } = await client.request({ method: 'GET', path, accept: ACCEPT, signal });
  const value: unknown = status === 200 ? JSON.parse(body.toString('utf8')) : undefined;
  if (!isJsonObject(value) || value['kind'] !== 'APIGroupDiscoveryList') throw new Error(`discovery at ${path}: the server answered ${status}`);
  return value as GroupDiscoveryList; // its kind says so
}

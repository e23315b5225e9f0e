import { isJsonObject, parseApiVersion } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';

/** A resource as the cluster serves it now, custom ones included, in the version of its group that is preferred among those it has. */
export interface DiscoveredResource extends ResourceRef<unknown> { readonly verbs: readonly string[] }

export interface Discovery { resources: readonly DiscoveredResource[]; failures: readonly string[] }

/** Everything that can be listed and deleted. A group that does not answer is a failure, not the end of it. */
export async function discoverResources(client: Client, signal: AbortSignal): Promise<Discovery> {
  const groups = await read(client, '/apis', signal) as { groups?: { preferredVersion: GroupVersionEntry; versions: GroupVersionEntry[] }[] }; // an APIGroupList
  const failures: string[] = [];
  const resourcesIn = async (groupVersion: string): Promise<DiscoveredResource[]> => {
    try { return await resourcesOf(client, groupVersion, signal); } catch (error) {
      signal.throwIfAborted();
      failures.push(`${groupVersion}: ${errorMessage(error)}`);
      return [];
    }
  };
  const byGroup = await Promise.all([['v1'], ...(groups.groups ?? []).map(preferredFirst)].map((versions) => Promise.all(versions.map(resourcesIn))));
  return { resources: byGroup.flatMap((versions) => firstOfEach(versions.flat())), failures };
}

interface GroupVersionEntry { groupVersion: string }

function preferredFirst({ preferredVersion: { groupVersion }, versions }: { preferredVersion: GroupVersionEntry; versions: readonly GroupVersionEntry[] }): string[] {
  return [...new Set([groupVersion, ...versions.map((one) => one.groupVersion)])];
}

/** Some resources are in another version than their group's preferred one: custom resources of one group need not have the same versions. */
function firstOfEach(resources: readonly DiscoveredResource[]): DiscoveredResource[] {
  const known = new Map<string, DiscoveredResource>();
  for (const one of resources) if (!known.has(one.resource)) known.set(one.resource, one);
  return [...known.values()];
}

interface ApiResource { name: string; kind: string; namespaced: boolean; verbs: string[]; group?: string; version?: string }

async function resourcesOf(client: Client, groupVersion: string, signal: AbortSignal): Promise<DiscoveredResource[]> {
  const list = await read(client, groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`, signal) as { resources?: ApiResource[] }; // an APIResourceList
  const { group, version } = parseApiVersion(groupVersion);
  return (list.resources ?? []).filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list') && verbs.includes('delete'))
    .map(({ name, kind, namespaced, verbs }) => ({ group, version, resource: name, kind, namespaced, verbs }));
}

async function read(client: Client, path: string, signal: AbortSignal): Promise<unknown> {
  const { status, body } = await client.request({ method: 'GET', path, signal });
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (status !== 200 || !isJsonObject(value)) throw new Error(`the server answered ${status}`);
  return value;
}

import { isJsonObject, parseApiVersion } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';

/** A resource as the cluster serves it now, custom ones included, in its group's preferred version. */
export interface DiscoveredResource extends ResourceRef<unknown> { readonly verbs: readonly string[] }

export interface Discovery { resources: readonly DiscoveredResource[]; failures: readonly string[] }

/** Everything that can be listed and deleted. A group that does not answer is a failure, not the end of it. */
export async function discoverResources(client: Client, signal: AbortSignal): Promise<Discovery> {
  const groups = await read(client, '/apis', signal) as { groups?: { preferredVersion: { groupVersion: string } }[] }; // an APIGroupList
  const versions = ['v1', ...(groups.groups ?? []).map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const failures: string[] = [];
  const lists = await Promise.all(versions.map(async (groupVersion) => {
    try { return await resourcesOf(client, groupVersion, signal); } catch (error) {
      signal.throwIfAborted();
      failures.push(`${groupVersion}: ${errorMessage(error)}`);
      return [];
    }
  }));
  return { resources: lists.flat(), failures };
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

import type { Client } from '@kubernode/client';
import { refusalOf } from '@kubernode/client';
import { UserError } from '@kubernode/component-base';

export interface ServedKind { resource: string; scope: 'namespaced' | 'cluster' }

/** What a cluster serves. */
export interface Discovery {
  /** `v1.36.2`. */
  kubeVersion: string;
  /** `apps/v1` and `apps/v1/Deployment`. */
  apiVersions: readonly string[];
  /** By `apps/v1/Deployment`. */
  kinds: ReadonlyMap<string, ServedKind>;
}

/** Aggregated discovery: everything in one answer each for the core group and all others. */
const AGGREGATED = ['v2', 'v2beta1'].map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`).join(',');

interface GroupDiscoveryList { kind?: string; items?: readonly GroupDiscovery[] }
interface GroupDiscovery { metadata?: { name?: string }; versions?: readonly { version: string; resources?: readonly ResourceDiscovery[] }[] }
interface ResourceDiscovery { resource: string; scope: string; responseKind?: { kind: string } }

/** Asks a cluster for its version and kinds. */
export async function discover(client: Client, signal: AbortSignal | undefined): Promise<Discovery> {
  const [version, core, others] = await Promise.all([read(client, '/version', signal), read(client, '/api', signal), read(client, '/apis', signal)]);
  return { kubeVersion: (version as { gitVersion?: string }).gitVersion ?? '', ...collect([...groupsOf(core), ...groupsOf(others)]) }; // the version endpoint's own shape
}

/** What the groups of a discovery serve. */
export function collect(groups: readonly GroupDiscovery[]): Pick<Discovery, 'apiVersions' | 'kinds'> {
  const apiVersions = new Set<string>();
  const kinds = new Map<string, ServedKind>();
  for (const { metadata, versions = [] } of groups) for (const { version, resources = [] } of versions) {
    const apiVersion = (metadata?.name ?? '') === '' ? version : `${metadata?.name ?? ''}/${version}`;
    apiVersions.add(apiVersion);
    for (const { resource, scope, responseKind } of resources) {
      const key = `${apiVersion}/${responseKind?.kind ?? ''}`;
      apiVersions.add(key);
      if (!kinds.has(key)) kinds.set(key, { resource, scope: scope === 'Namespaced' ? 'namespaced' : 'cluster' });
    }
  }
  return { apiVersions: [...apiVersions], kinds };
}

function groupsOf(answer: unknown): readonly GroupDiscovery[] {
  const list = answer as GroupDiscoveryList; // fields are checked here
  if (list.kind !== 'APIGroupDiscoveryList') throw new UserError('the API server has no aggregated discovery; releases need Kubernetes 1.27 or newer');
  return list.items ?? [];
}

async function read(client: Client, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const { status, body } = await client.request({ method: 'GET', path, accept: AGGREGATED, signal });
  if (status >= 400) throw refusalOf(status, body);
  return JSON.parse(body.toString('utf8'));
}

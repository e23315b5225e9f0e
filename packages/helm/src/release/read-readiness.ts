import { resolveManifest } from './manifest-objects.ts';
import { readiness } from './readiness.ts';
import type { CallSignal, ReleaseCluster } from './release-cluster.ts';
import type { Release } from './release.ts';
import { relatedOf } from './wait-for.ts';

/** An object of a release as it is now. */
export interface ResourceState {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  state: 'ready' | 'waiting' | 'failed' | 'missing';
  /** What it waits for, or why it failed; '' otherwise. */
  why: string;
}

/** What a release consists of and how each object is. */
export async function readReadiness(cluster: ReleaseCluster, release: Release, { namespace, signal }: CallSignal & { namespace: string }): Promise<ResourceState[]> {
  const states: ResourceState[] = [];
  for (const { ref } of await resolveManifest(cluster, release.manifest, { namespace, skipUnknown: true, signal })) {
    const object = await cluster.get(ref, { signal });
    const found = object === undefined ? undefined : readiness({ object, related: await relatedOf(object, ref, { cluster, signal }), jobs: true });
    states.push({ ...ref, state: found?.state ?? 'missing', why: found === undefined || found.state === 'ready' ? '' : found.why });
  }
  return states;
}

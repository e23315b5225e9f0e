import type { appsV1, coreV1 } from '@kubernode/api';
import { DESIRED_REPLICAS, MAX_REPLICAS, REVISION } from './revisions.ts';

export const NOW_MS: number = Date.parse('2026-01-02T00:00:00Z');

export function template(image = 'app:1'): coreV1.PodTemplateSpec {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name
}

export interface GivenDeployment { replicas?: number; surge?: number | string; unavailable?: number | string; recreate?: boolean; spec?: Partial<appsV1.DeploymentSpec>; status?: appsV1.DeploymentStatus; annotations?: Record<string, string> }

export function deployment({ replicas = 10, surge = 0, unavailable = 0, recreate = false, spec = {}, status = {}, annotations }: GivenDeployment = {}): appsV1.Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'ns', uid: 'deployment', generation: 1, ...(annotations && { annotations }) }, status,
    spec: {
      replicas, selector: { matchLabels: { app: 'web' } }, template: template(), progressDeadlineSeconds: 600, revisionHistoryLimit: 10,
      strategy: recreate ? { type: 'Recreate' } : { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } }, ...spec,
    },
  };
}

export interface GivenSet { name?: string; replicas?: number; available?: number; age?: number; image?: string; revision?: number; desired?: number; max?: number; status?: Partial<appsV1.ReplicaSetStatus> }

/** `age` 0 is the youngest. Without `available`, all of its pods are. */
export function replicaSet({ name = 'web-1', replicas = 0, available = replicas, age = 0, image = 'app:1', revision, desired, max, status = {} }: GivenSet = {}): appsV1.ReplicaSet {
  const annotations = { ...(revision !== undefined && { [REVISION]: String(revision) }), ...(desired !== undefined && { [DESIRED_REPLICAS]: String(desired) }), ...(max !== undefined && { [MAX_REPLICAS]: String(max) }) };
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name, namespace: 'ns', uid: name, generation: 1, labels: { app: 'web' }, annotations, creationTimestamp: new Date(NOW_MS - (age + 1) * 3_600_000).toISOString(),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'deployment', controller: true }],
    },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template(image) },
    status: { replicas, observedGeneration: 1, readyReplicas: available, availableReplicas: available, terminatingReplicas: 0, ...status },
  };
}

import type { GroupVersion, KubeObject } from '@kubernode/apimachinery';

/** [group, version]: where clients list a group among groups, and a version within its group; higher comes first. Kubernetes' own numbers. */
const PRIORITIES: Readonly<Record<string, readonly [number, number]>> = {
  '/v1': [18_000, 1],
  'apps/v1': [17_800, 15],
  'events.k8s.io/v1': [17_750, 15],
  'authentication.k8s.io/v1': [17_700, 15],
  'authorization.k8s.io/v1': [17_600, 15],
  'autoscaling/v1': [17_500, 15],
  'autoscaling/v2': [17_500, 30],
  'batch/v1': [17_400, 15],
  'certificates.k8s.io/v1': [17_300, 15],
  'networking.k8s.io/v1': [17_200, 15],
  'policy/v1': [17_100, 15],
  'rbac.authorization.k8s.io/v1': [17_000, 15],
  'storage.k8s.io/v1': [16_800, 15],
  'admissionregistration.k8s.io/v1': [16_700, 15],
  'apiextensions.k8s.io/v1': [16_700, 15],
  'scheduling.k8s.io/v1': [16_600, 15],
  'coordination.k8s.io/v1': [16_500, 15],
  'node.k8s.io/v1': [16_300, 15],
  'discovery.k8s.io/v1': [16_200, 15],
  'resource.k8s.io/v1': [16_200, 21],
  'flowcontrol.apiserver.k8s.io/v1': [16_100, 21],
};

/** One APIService for each version that this server answers itself. The group of APIServices has none. */
export function localApiServices(served: readonly GroupVersion[]): KubeObject[] {
  const keys = new Set(served.map(({ group, version }) => `${group}/${version}`));
  return Object.entries(PRIORITIES).filter(([key]) => keys.has(key)).map(([key, priorities]) => localApiService(key, priorities));
}

/** `key` is `group/version`; `managed` says whether it is there from the start or comes and goes. */
export function localApiService(key: string, [groupPriorityMinimum, versionPriority]: readonly [number, number], managed: 'onstart' | 'true' = 'onstart'): KubeObject {
  const [group = '', version = ''] = key.split('/');
  return {
    kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1',
    metadata: { name: `${version}.${group}`, labels: { 'kube-aggregator.kubernetes.io/automanaged': managed } },
    spec: { ...(group !== '' && { group }), version, groupPriorityMinimum, versionPriority },
  };
}

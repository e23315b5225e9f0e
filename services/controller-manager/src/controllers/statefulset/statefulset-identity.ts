import { appsV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import { controllerReference } from '@kubernode/controller';
import { REVISION_HASH_LABEL } from '../history/controller-revisions.ts';
import { podNamePrefix } from '../pods.ts';

type StatefulSet = Readonly<appsV1.StatefulSet>;
type Pod = Readonly<coreV1.Pod>;

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';
const ORDINAL_MAX = 2 ** 31 - 1;

/** The number at the end of a name that the set gave; -1 for other names. */
export function ordinalOf({ metadata: { name } }: Pod, set: StatefulSet): number {
  const rest = name.startsWith(`${set.metadata.name}-`) ? name.slice(set.metadata.name.length + 1) : '';
  return /^\d+$/.test(rest) && Number(rest) <= ORDINAL_MAX ? Number(rest) : -1;
}

/** The ordinals that the set should have: from `start` up to, not including, `end`. */
export function bounds({ spec }: StatefulSet): { start: number; end: number } {
  const start = spec?.ordinals?.start ?? 0;
  return { start, end: start + (spec?.replicas ?? 1) };
}

export function inBounds(ordinal: number, set: StatefulSet): boolean {
  const { start, end } = bounds(set);
  return ordinal >= start && ordinal < end;
}

export function podName(set: StatefulSet, ordinal: number): string { return `${set.metadata.name}-${ordinal}`; }

export function claimName(template: Readonly<coreV1.PersistentVolumeClaim>, set: StatefulSet, ordinal: number): string { return `${template.metadata.name}-${podName(set, ordinal)}`; }

/** What a pod of an ordinal is made from: the template of one of the two revisions. */
export interface Planned { template: coreV1.PodTemplateSpec; revision: string }

export function newPod(set: StatefulSet, ordinal: number, { template, revision }: Planned): coreV1.Pod {
  const { metadata, spec } = set;
  const name = podName(set, ordinal);
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const volumes = withClaims(template.spec?.volumes ?? [], set, ordinal);
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: metadata.namespace ?? '', generateName: podNamePrefix(metadata.name), ownerReferences: [controllerReference(set, appsV1Resources.statefulsets)],
      labels: { ...labels, ...identityLabels(set, ordinal), [REVISION_HASH_LABEL]: revision },
      ...(annotations && { annotations }), ...(finalizers && { finalizers }),
    },
    spec: { ...template.spec ?? { containers: [] }, hostname: name, ...(spec?.serviceName !== undefined && { subdomain: spec.serviceName }), ...(volumes.length > 0 && { volumes }) },
  };
}

function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [POD_NAME_LABEL]: podName(set, ordinal), [POD_INDEX_LABEL]: `${ordinal}` };
}

/** The volumes of a set's claims, which win over volumes of the same name in the template. */
function withClaims(volumes: readonly coreV1.Volume[], set: StatefulSet, ordinal: number): coreV1.Volume[] {
  const claimed = (set.spec?.volumeClaimTemplates ?? []).map((claim): coreV1.Volume => ({ name: claim.metadata.name, persistentVolumeClaim: { claimName: claimName(claim, set, ordinal) } }));
  const names = new Set(claimed.map(({ name }) => name));
  return [...claimed, ...volumes.filter(({ name }) => !names.has(name))];
}

/** Whether a pod still says who it is; an adopted one may not. */
export function hasIdentity({ metadata: { name, labels } }: Pod, set: StatefulSet, ordinal: number): boolean {
  return name === podName(set, ordinal) && labels?.[POD_NAME_LABEL] === name;
}

/** Whether a pod uses the claims that belong to its ordinal. */
export function hasStorage({ spec }: Pod, set: StatefulSet, ordinal: number): boolean {
  return (set.spec?.volumeClaimTemplates ?? []).every((claim) => (spec?.volumes ?? [])
    .some((volume) => volume.name === claim.metadata.name && volume.persistentVolumeClaim?.claimName === claimName(claim, set, ordinal)));
}

/** The pod as it should be; what cannot change any more, the API server refuses. */
export function repairedPod(pod: Pod, set: StatefulSet, ordinal: number): coreV1.Pod {
  const { metadata, spec } = pod;
  return {
    ...pod,
    metadata: hasIdentity(pod, set, ordinal) ? metadata : { ...metadata, name: podName(set, ordinal), labels: { ...metadata.labels, ...identityLabels(set, ordinal) } },
    ...(!hasStorage(pod, set, ordinal) && spec !== undefined && { spec: { ...spec, volumes: withClaims(spec.volumes ?? [], set, ordinal) } }),
  };
}

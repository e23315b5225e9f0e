import type { coreV1 } from '@kubernode/api';
import { forbiddenField, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { imageSpaceFaults } from '../../shared/pod-spec/containers.ts';
import { podAnnotationFaults } from '../../shared/pod-spec/pod-annotations.ts';
import { podSpecFaults } from '../../shared/pod-spec/pod-spec-rules.ts';
import { profileMatchFaults } from '../../shared/pod-spec/security-profiles.ts';

type Pod = coreV1.Pod & KubeObject;

/** A pod as a body may have left it. */
export function specOf({ spec }: Readonly<Pod>): Readonly<coreV1.PodSpec> {
  return spec ?? { containers: [] };
}

export function podCreateFaults(pod: Readonly<Pod>): FieldError[] {
  const spec = specOf(pod);
  return [
    ...podFaults(pod),
    ...((spec.ephemeralContainers ?? []).length > 0 ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')] : []),
    ...(spec.nodeName && (spec.schedulingGates ?? []).length > 0 ? [forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : []),
    ...profileMatchFaults(pod.metadata.annotations ?? {}, spec, 'spec'),
  ];
}

/** Faults of a pod in itself, whether it is new or changed. */
export function podFaults(pod: Readonly<Pod>, old?: Readonly<Pod>): FieldError[] {
  const { metadata } = pod;
  const spec = specOf(pod);
  return [
    ...podAnnotationFaults(metadata.annotations ?? {}, spec, 'metadata.annotations'), ...podSpecFaults(spec, 'spec', { isPod: true, podName: metadata.name ?? '', anySeLinuxPolicy: old?.spec?.securityContext?.seLinuxChangePolicy !== undefined }),
    ...(spec.serviceAccountName ? [] : tokenFaults(spec)),
    ...(spec.containers ?? []).flatMap((container, index) => imageSpaceFaults(container, `spec.containers[${index}]`)),
    ...(spec.initContainers ?? []).flatMap((container, index) => imageSpaceFaults(container, `spec.initContainers[${index}]`)),
  ];
}

/** Tokens are of an account. */
function tokenFaults({ volumes = [] }: Readonly<coreV1.PodSpec>): FieldError[] {
  return volumes.flatMap(({ projected }, index) => (projected?.sources ?? []).flatMap(({ serviceAccountToken }, source) => (serviceAccountToken === undefined
    ? [] : [forbiddenField(`spec.volumes[${index}].projected.sources[${source}].serviceAccountToken`, 'must not be specified when serviceAccountName is not set')])));
}

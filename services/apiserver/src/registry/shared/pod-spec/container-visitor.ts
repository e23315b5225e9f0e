import type { coreV1 } from '@kubernode/api';

export type AnyContainer = coreV1.Container & Pick<coreV1.EphemeralContainer, 'targetContainerName'>;

/** All containers of a pod with their paths, in the order in which Kubernetes visits them. */
export function containersOf({ initContainers = [], containers, ephemeralContainers = [] }: Readonly<coreV1.PodSpec>, path: string): readonly (readonly [container: AnyContainer, path: string])[] {
  return [
    ...initContainers.map((container, index) => [container, `${path}.initContainers[${index}]`] as const),
    ...(containers ?? []).map((container, index) => [container, `${path}.containers[${index}]`] as const), // null in a body without any
    ...ephemeralContainers.map((container, index) => [container, `${path}.ephemeralContainers[${index}]`] as const),
  ];
}

export function isSidecar({ restartPolicy }: Readonly<coreV1.Container>): boolean {
  return restartPolicy === 'Always';
}

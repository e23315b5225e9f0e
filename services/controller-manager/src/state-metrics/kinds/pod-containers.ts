import type { coreV1 } from '@kubernode/api';
import { gauge, unixSeconds, type Family, type Sample } from '../family.ts';
import { resourceSamples } from '../resource-samples.ts';

type Pod = coreV1.Pod;
type Container = Readonly<coreV1.Container>;
type Status = Readonly<coreV1.ContainerStatus>;

/** Where a pod has its containers, as wanted and as seen. */
export interface ContainersOf {
  given(pod: Readonly<Pod>): readonly Container[] | undefined;
  seen(pod: Readonly<Pod>): readonly Status[] | undefined;
}

/** What is told of containers and, under names of their own, of init containers. */
export function containerFamilies(kind: 'container' | 'init_container', { given, seen }: ContainersOf): readonly Family<Pod>[] {
  const prefix = `kube_pod_${kind}`;
  /** One sample for each container that was seen and has a value. */
  const each = (pod: Readonly<Pod>, read: (status: Status) => { labels?: Record<string, string>; value: number | boolean | undefined }): readonly Sample[] => (seen(pod) ?? []).flatMap((status) => {
    const { labels, value } = read(status);
    return value === undefined ? [] : [{ labels: { container: status.name, ...labels }, value: Number(value) }];
  });
  const family = (name: string, help: string, read: Parameters<typeof each>[1]): Family<Pod> => gauge(`${prefix}_${name}`, help, (pod) => each(pod, read));
  const resources = (name: string, help: string, read: (container: Container) => Readonly<Record<string, string>> | undefined): Family<Pod> => gauge(`${prefix}_resource_${name}`, help, (pod) => (given(pod) ?? []).flatMap((container) => resourceSamples(read(container), { container: container.name, node: pod.spec?.nodeName ?? '' })));
  return [
    gauge(`${prefix}_info`, `Information about a ${kind} in a pod.`, (pod) => each(pod, (status) => ({ labels: { ...imagesOf(status, given(pod)), ...(kind === 'init_container' && { restart_policy: given(pod)?.find(({ name }) => name === status.name)?.restartPolicy ?? '' }) }, value: given(pod)?.some(({ name }) => name === status.name) || undefined }))),
    resources('requests', 'The number of requested request resource by a container.', ({ resources: wanted }) => wanted?.requests),
    resources('limits', 'The number of requested limit resource by a container.', ({ resources: wanted }) => wanted?.limits),
    family('status_waiting', 'Describes whether the container is currently in waiting state.', ({ state }) => ({ value: state?.waiting !== undefined })),
    family('status_waiting_reason', 'Describes the reason the container is currently in waiting state.', ({ state }) => ({ labels: { reason: state?.waiting?.reason ?? '' }, value: state?.waiting === undefined ? undefined : 1 })),
    family('status_running', 'Describes whether the container is currently in running state.', ({ state }) => ({ value: state?.running !== undefined })),
    family('state_started', 'Start time in unix timestamp for a pod container.', ({ state }) => ({ value: unixSeconds(state?.running?.startedAt ?? state?.terminated?.startedAt) })),
    family('status_terminated', 'Describes whether the container is currently in terminated state.', ({ state }) => ({ value: state?.terminated !== undefined })),
    family('status_terminated_reason', 'Describes the reason the container is currently in terminated state.', ({ state }) => ({ labels: { reason: state?.terminated?.reason ?? '' }, value: state?.terminated === undefined ? undefined : 1 })),
    family('status_last_terminated_reason', 'Describes the last reason the container was in terminated state.', ({ lastState }) => ({ labels: { reason: lastState?.terminated?.reason ?? '' }, value: lastState?.terminated === undefined ? undefined : 1 })),
    family('status_last_terminated_exitcode', 'Describes the exit code for the last container in terminated state.', ({ lastState }) => ({ value: lastState?.terminated?.exitCode })),
    family('status_last_terminated_timestamp', 'Last terminated time for a pod container in unix timestamp.', ({ lastState }) => ({ value: unixSeconds(lastState?.terminated?.finishedAt) })),
    family('status_ready', 'Describes whether the containers readiness check succeeded.', ({ ready }) => ({ value: ready })),
    { ...family('status_restarts_total', 'The number of container restarts per container.', ({ restartCount }) => ({ value: restartCount })), type: 'counter' },
  ];
}

function imagesOf({ name, image, imageID, containerID = '' }: Status, given: readonly Container[] | undefined): Record<string, string> {
  return { image_spec: given?.find((container) => container.name === name)?.image ?? '', image, image_id: imageID, container_id: containerID };
}

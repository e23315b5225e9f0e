import type { cri } from '@kubernode/rpc';
import type { ImageInfo } from '../cri/cri-runtime.ts';
import { annotationKeys, labelKeys } from '../cri/labels.ts';
import { containerResources } from './container-resources.ts';
import { containerSecurity } from './container-security.ts';
import { expandVariables } from './expand-variables.ts';
import { type Container, containerHash, graceSeconds, type Pod, podUid } from './pod-facts.ts';

export interface ContainerInput {
  pod: Pod;
  container: Container;
  attempt: number;
  image: ImageInfo;
  imageRef: string;
  environment: ReadonlyMap<string, string>;
  mounts: readonly cri.Mount[];
  nodeMemoryBytes: number;
  seccompDefault: boolean;
}

/** What the runtime needs to make one container. */
export function containerConfig(input: ContainerInput): cri.ContainerConfig {
  const { pod, container, attempt, imageRef, environment, mounts } = input;
  const expand = (text: string): string => expandVariables(text, environment);
  return {
    metadata: { name: container.name, attempt },
    image: { image: imageRef, userSpecifiedImage: container.image ?? '' },
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts,
    labels: { [labelKeys.podName]: pod.metadata.name, [labelKeys.podNamespace]: pod.metadata.namespace ?? '', [labelKeys.podUid]: podUid(pod), [labelKeys.containerName]: container.name },
    annotations: containerAnnotations(pod, container, attempt),
    logPath: `${container.name}/${attempt}.log`,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: { resources: containerResources(pod, container, input.nodeMemoryBytes), securityContext: containerSecurity(input) },
  };
}

/** What a node agent that starts anew, or one that has lost the pod, must know to judge and end the container. */
function containerAnnotations(pod: Pod, container: Container, attempt: number): Record<string, string> {
  const { deletionGracePeriodSeconds } = pod.metadata;
  return {
    [annotationKeys.containerHash]: containerHash(container),
    [annotationKeys.restartCount]: String(attempt),
    [annotationKeys.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
    [annotationKeys.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
    [annotationKeys.podTerminationGracePeriod]: String(graceSeconds(pod)),
    ...(deletionGracePeriodSeconds !== undefined && { [annotationKeys.podDeletionGracePeriod]: String(deletionGracePeriodSeconds) }),
    ...(container.lifecycle?.preStop !== undefined && { [annotationKeys.preStopHandler]: JSON.stringify(container.lifecycle.preStop) }),
    ...((container.ports ?? []).length > 0 && { [annotationKeys.containerPorts]: JSON.stringify(container.ports) }),
  };
}

import type { cri } from '@kubernode/rpc';
import { annotationKeys, labelKeys } from '../cri/labels.ts';
import { toCriSignal } from '../cri/signals.ts';
import { containerResources, type NodeAmounts } from './container-resources.ts';
import { containerSecurity, type SecurityInput } from './container-security.ts';
import { expandVariables } from './expand-variables.ts';
import { containerHash, graceSeconds, podUid } from './pod-facts.ts';

export interface ContainerInput extends SecurityInput {
  attempt: number;
  imageRef: string;
  environment: ReadonlyMap<string, string>;
  mounts: readonly cri.Mount[];
  devices: readonly cri.Device[];
  node: NodeAmounts;
  /** Written on the container, for a later run of the agent. */
  restartDelay: { nextMs: number; key: string };
}

/** What the runtime needs to make one container. */
export function containerConfig(input: ContainerInput): cri.ContainerConfig {
  const { pod, container, attempt, imageRef, environment } = input;
  const expand = (text: string): string => expandVariables(text, environment);
  return {
    metadata: { name: container.name, attempt },
    image: { image: imageRef, userSpecifiedImage: container.image ?? '' },
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts: mapped(input),
    devices: input.devices,
    labels: { [labelKeys.podName]: pod.metadata.name, [labelKeys.podNamespace]: pod.metadata.namespace ?? '', [labelKeys.podUid]: podUid(pod), [labelKeys.containerName]: container.name },
    annotations: containerAnnotations(input),
    logPath: `${container.name}/${attempt}.log`,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...(container.lifecycle?.stopSignal !== undefined && { stopSignal: toCriSignal(container.lifecycle.stopSignal) }),
    linux: { resources: containerResources(pod, container, input.node), securityContext: containerSecurity(input) },
  };
}

/** What a node agent that starts anew, or one that has lost the pod, must know to judge and end the container. */
function containerAnnotations({ pod, container, attempt, restartDelay }: ContainerInput): Record<string, string> {
  const { deletionGracePeriodSeconds } = pod.metadata;
  return {
    [annotationKeys.containerHash]: containerHash(container),
    [annotationKeys.restartCount]: String(attempt),
    [annotationKeys.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
    [annotationKeys.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
    [annotationKeys.podTerminationGracePeriod]: String(graceSeconds(pod)),
    ...(deletionGracePeriodSeconds !== undefined && { [annotationKeys.podDeletionGracePeriod]: String(deletionGracePeriodSeconds) }),
    ...(container.lifecycle?.preStop !== undefined && { [annotationKeys.preStopHandler]: JSON.stringify(container.lifecycle.preStop) }),
    [annotationKeys.restartDelay]: String(restartDelay.nextMs),
    [annotationKeys.restartDelayOf]: restartDelay.key,
    ...((container.ports ?? []).length > 0 && { [annotationKeys.containerPorts]: JSON.stringify(container.ports) }),
  };
}

/** In a user namespace the ids of mounted files are those of the namespace. */
function mapped({ mounts, userNamespace: { mode, uids, gids } }: ContainerInput): readonly cri.Mount[] {
  return mode === 'POD' ? mounts.map((mount) => ({ ...mount, uidMappings: uids ?? [], gidMappings: gids ?? [] })) : mounts;
}

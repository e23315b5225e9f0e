import type { coreV1 } from '@kubernode/api';

/** What the spec says about a pod, in the words of the rest of the node agent. Pure. */

export type Container = coreV1.Container;
export type Pod = Readonly<coreV1.Pod>;

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export const DEFAULT_GRACE_SECONDS = 30;

export function podUid(pod: Pod): string { return pod.metadata.uid ?? ''; }

/** `name_namespace(uid)`: how the node agent's messages name a pod. */
export function formatPod(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${podUid(pod)})`;
}

/** An init container that keeps running beside the others. */
export function isSidecar(container: Container): boolean { return container.restartPolicy === 'Always'; }

export function initContainers(pod: Pod): readonly Container[] { return pod.spec?.initContainers ?? []; }
export function mainContainers(pod: Pod): readonly Container[] { return pod.spec?.containers ?? []; }
/** Ephemeral containers are containers with a few fields less. */
export function ephemeralContainers(pod: Pod): readonly Container[] { return pod.spec?.ephemeralContainers ?? []; }
export function allContainers(pod: Pod): readonly Container[] { return [...initContainers(pod), ...mainContainers(pod), ...ephemeralContainers(pod)]; }

export function restartPolicy(pod: Pod): string { return pod.spec?.restartPolicy ?? 'Always'; }
export function isHostNetwork(pod: Pod): boolean { return pod.spec?.hostNetwork === true; }

export function isTerminalPhase(phase: string | undefined): boolean { return phase === 'Succeeded' || phase === 'Failed'; }

/** Seconds that the pod's containers have to end. */
export function graceSeconds(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

/** The first restart rule of a container that its exit code fulfils. */
export function restartRule({ restartPolicyRules = [] }: Container, exitCode: number): coreV1.ContainerRestartRule | undefined {
  return restartPolicyRules.find(({ exitCodes }) => {
    if (exitCodes === undefined) return false;
    const isNamed = (exitCodes.values ?? []).includes(exitCode);
    return exitCodes.operator === 'In' ? isNamed : exitCodes.operator === 'NotIn' && !isNamed;
  });
}

/** Whether a container of that exit code is started again: by its own rules, its own policy, or its pod's policy. */
export function shouldRestart(pod: Pod, container: Container, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const action = restartRule(container, exitCode)?.action;
    if (action === 'Restart' || action === 'RestartAllContainers') return true;
  }
  switch (container.restartPolicy ?? restartPolicy(pod)) {
    case 'OnFailure': return exitCode !== 0;
    case 'Never': return false;
    default: return true;
  }
}

/** Whether a container is started again after it was killed while it ran, when there is no exit code to go by. */
export function restartsWhenKilled(pod: Pod, container: Container): boolean {
  return (container.restartPolicy ?? restartPolicy(pod)) !== 'Never';
}

/** Whether the end of that container begins the whole pod anew. */
export function restartsAll(container: Container, exitCode: number): boolean {
  return restartRule(container, exitCode)?.action === 'RestartAllContainers';
}

/** Whether some end of some container could begin the whole pod anew. */
export function couldRestartAll(pod: Pod): boolean {
  return [...initContainers(pod), ...mainContainers(pod)].some(({ restartPolicyRules = [] }) => restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'));
}

/** The path of a container in its pod, as events name it. */
export function fieldPath(pod: Pod, name: string): string {
  if (initContainers(pod).some((one) => one.name === name)) return `spec.initContainers{${name}}`;
  if (ephemeralContainers(pod).some((one) => one.name === name)) return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}

/**
 * FNV-1a over the fields whose change makes a new container: name and image, as the kubelet takes. Containers carry it for life, so
 * another hash in another version would kill them all.
 */
export function containerHash({ name, image }: Container): string {
  const text = JSON.stringify({ image: image ?? '', name });
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16);
}

const QOS_RESOURCES = ['cpu', 'memory'];

/** The API server says it; a pod that it has not seen is judged by what its containers, or it as a whole, ask for. */
export function qosClass(pod: Pod): QosClass {
  if (pod.status?.qosClass !== undefined) return pod.status.qosClass as QosClass; // the API server sets one of the three
  const all = pod.spec?.resources === undefined ? [...mainContainers(pod), ...initContainers(pod)] : [pod.spec];
  const mentioned = all.some(({ resources }) => QOS_RESOURCES.some((r) => isSet(resources?.requests?.[r]) || isSet(resources?.limits?.[r])));
  if (!mentioned) return 'BestEffort';
  const guaranteed = all.every(({ resources }) => QOS_RESOURCES.every((r) => {
    const limit = resources?.limits?.[r];
    return isSet(limit) && (resources?.requests?.[r] ?? limit) === limit;
  }));
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const isSet = (quantity: string | undefined): boolean => quantity !== undefined && quantity !== '0';

import type { coreV1 } from '@kubernode/api';
import { formatAge } from '../cmd/format-table.ts';
import type { Finding } from './explanation.ts';
import type { PodSnapshot, ResolvedReference } from './pod-snapshot.ts';

const OUT_OF_MEMORY = 'OOMKilled';
const KILLED_EXIT_CODE = 137;

/** Why containers of a pod that has a node do not run. */
export function explainContainers(snapshot: PodSnapshot): Finding[] {
  const { pod: { status, spec } } = snapshot;
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const containers = all.flatMap((one) => containerFindings(one, snapshot));
  const missing = snapshot.references.flatMap((one) => referenceFinding(one, snapshot));
  const notStarted = all.length === 0 || all.some(({ state }) => state?.waiting !== undefined);
  const node = nodeFinding(snapshot);
  if (!notStarted) return containers;
  const blockers = [...missing, ...volumeFindings(snapshot), ...sandboxFindings(snapshot)];
  const running = all.filter(({ state }) => state?.running !== undefined).length;
  return [...(running < (spec?.containers.length ?? 0) ? node : []), ...blockers, ...containers];
}

function containerFindings(container: Readonly<coreV1.ContainerStatus>, snapshot: PodSnapshot): Finding[] {
  const { name, state, lastState, restartCount } = container;
  const { namespace = '', name: pod } = snapshot.pod.metadata;
  const previous = lastState?.terminated;
  const logs = `kubectl logs ${pod} -n ${namespace} -c ${name}`;
  if (state?.waiting !== undefined) return waitingFindings(container, { logs, snapshot });
  if (state?.terminated !== undefined && state.terminated.exitCode !== 0) return [{ topic: 'container', text: `Container ${name} ended: ${ending(state.terminated, name, snapshot)}.`, next: logs }];
  if (state?.running !== undefined && previous?.reason === OUT_OF_MEMORY) return [{ topic: 'memory', text: `Container ${name} runs again, but was ended before: ${ending(previous, name, snapshot)} (${restartCount} restarts).`, next: `${logs} --previous` }];
  return [];
}

function waitingFindings({ name, image, state, lastState, restartCount }: Readonly<coreV1.ContainerStatus>, { logs, snapshot }: { logs: string; snapshot: PodSnapshot }): Finding[] {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const { namespace = '', name: pod } = snapshot.pod.metadata;
  const described = `kubectl describe pod ${pod} -n ${namespace}`;
  switch (reason) {
    case 'CrashLoopBackOff': {
      const last = lastState?.terminated;
      return [{ topic: 'crash', text: `Container ${name} ends each time it is started (${restartCount} restarts)${last === undefined ? '' : `: ${ending(last, name, snapshot)}`}. It is started again with growing pauses.`, next: `${logs} --previous` }];
    }
    case 'ErrImagePull': case 'ImagePullBackOff': case 'InvalidImageName': case 'ErrImageNeverPull': case 'ImageInspectError': case 'RegistryUnavailable': case 'SignatureValidationFailed':
      return [{ topic: 'image', text: `The image ${image} of container ${name} cannot be had (${reason}): ${pullFault(name, message, snapshot)}`, next: described }];
    case 'CreateContainerConfigError': return [{ topic: 'configuration', text: `Container ${name} cannot be made because something that it names is missing: ${message}`, next: described }];
    case 'CreateContainerError': case 'RunContainerError': case 'PreCreateHookError': case 'PostStartHookError': case 'StartError': return [{ topic: 'container', text: `The runtime cannot start container ${name} (${reason}): ${message}`, next: described }];
    case 'PodInitializing': case 'ContainerCreating': case '': return [];
    default: return [{ topic: 'container', text: `Container ${name} waits (${reason})${message === '' ? '' : `: ${message}`}`, next: described }];
  }
}

/** The node's own words; the status repeats only that it waits. */
function pullFault(container: string, message: string, { events }: PodSnapshot): string {
  const told = events.findLast(({ reason, involvedObject, message: text = '' }) => reason === 'Failed' && text.includes('ull') && (involvedObject?.fieldPath?.includes(`{${container}}`) ?? true) && !text.startsWith('Error: '));
  return told?.message ?? message;
}

function ending({ exitCode, reason = '', message = '', finishedAt, signal }: Readonly<coreV1.ContainerStateTerminated>, name: string, { pod: { spec }, nowMs }: PodSnapshot): string {
  const limit = spec?.containers.find((one) => one.name === name)?.resources?.limits?.['memory'];
  const when = finishedAt === undefined ? '' : `, ${formatAge(nowMs - Date.parse(finishedAt))} ago`;
  if (reason === OUT_OF_MEMORY) return `it used more memory than it may${limit === undefined ? '' : ` (limit ${limit})`}, exit code ${exitCode}${when}`;
  const how = exitCode === KILLED_EXIT_CODE ? ' (killed: by a failed liveness probe, the end of its grace, or for memory)' : '';
  return `exit code ${exitCode}${signal === undefined || signal === 0 ? '' : `, signal ${signal}`}${reason === '' || reason === 'Error' ? '' : ` (${reason})`}${how}${when}${message === '' ? '' : `: ${message.trim().slice(0, 300)}`}`;
}

function referenceFinding({ kind, name, found, missingKeys }: ResolvedReference, { pod: { metadata } }: PodSnapshot): Finding[] {
  const next = `kubectl get ${kind.toLowerCase()} -n ${metadata.namespace ?? ''}`;
  if (found === 'missing') return [{ topic: 'reference', text: `${kind} ${name} does not exist, and the pod cannot do without it.`, next }];
  return missingKeys.length === 0 ? [] : [{ topic: 'reference', text: `${kind} ${name} lacks the key${missingKeys.length === 1 ? '' : 's'} ${missingKeys.join(', ')}.`, next: `kubectl describe ${kind.toLowerCase()} ${name} -n ${metadata.namespace ?? ''}` }];
}

function volumeFindings({ events, pod: { metadata } }: PodSnapshot): Finding[] {
  const last = events.findLast(({ reason = '' }) => reason === 'FailedMount' || reason === 'FailedAttachVolume' || reason === 'FailedMapVolume');
  return last === undefined || isOvercome(last, events) ? [] : [{ topic: 'volume', text: `A volume cannot be set up (${last.reason ?? ''}): ${last.message ?? ''}`, next: `kubectl describe pod ${metadata.name} -n ${metadata.namespace ?? ''}` }];
}

function sandboxFindings({ events, pod: { spec } }: PodSnapshot): Finding[] {
  const last = events.findLast(({ reason }) => reason === 'FailedCreatePodSandBox' || reason === 'NetworkNotReady');
  return last === undefined || isOvercome(last, events) ? [] : [{ topic: 'network', text: `The node cannot make the pod's sandbox or network: ${last.message ?? ''}`, next: `kubectl get pods -n kube-system -o wide --field-selector spec.nodeName=${spec?.nodeName ?? ''}` }];
}

/** Something of the pod was started after it. */
function isOvercome(event: Readonly<coreV1.Event>, events: readonly Readonly<coreV1.Event>[]): boolean {
  return events.slice(events.indexOf(event) + 1).some(({ reason }) => reason === 'Started' || reason === 'Created');
}

function nodeFinding({ node, pod: { spec }, nowMs }: PodSnapshot): Finding[] {
  const name = spec?.nodeName ?? '';
  if (node === 'missing') return [{ topic: 'node', text: `Its node ${name} does not exist: nobody runs it. It is deleted by itself soon.`, next: 'kubectl get nodes' }];
  if (node === undefined || node === 'unseen') return [];
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return [];
  const since = ready?.lastTransitionTime === undefined ? '' : ` for ${formatAge(nowMs - Date.parse(ready.lastTransitionTime))}`;
  return [{ topic: 'node', text: `Its node ${name} is not ready${since}: ${ready?.message ?? 'it has never reported'}`, next: `kubectl describe node ${name}` }];
}

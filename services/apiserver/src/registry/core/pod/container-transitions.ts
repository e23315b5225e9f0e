import type { coreV1 } from '@kubernode/api';
import { forbiddenField, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { containersOf, isSidecar } from '../../shared/pod-spec/container-visitor.ts';
import { specOf } from './pod-rules.ts';

type Pod = coreV1.Pod & KubeObject;
type Statuses = readonly Readonly<coreV1.ContainerStatus>[] | undefined;

/** Containers that have ended for good are not reported as alive again. */
export function containerTransitionFaults({ status }: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const spec = specOf(old);
  const before = old.status;
  const any = containersOf(spec, '').some(([{ restartPolicyRules = [] }]) => restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'));
  return [
    ...(any ? [] : transitionFaults(status?.containerStatuses, before?.containerStatuses, 'status.containerStatuses', (name, code) => mayRestart(spec.containers, name, code, spec))),
    ...(any ? [] : transitionFaults(status?.initContainerStatuses, before?.initContainerStatuses, 'status.initContainerStatuses', (name, code) => mayRestart(spec.initContainers, name, code, spec))),
    ...transitionFaults(status?.ephemeralContainerStatuses, before?.ephemeralContainerStatuses, 'status.ephemeralContainerStatuses', () => false),
  ];
}

function transitionFaults(statuses: Statuses, before: Statuses, path: string, allowed: (name: string, exitCode: number) => boolean): FieldError[] {
  return (before ?? []).flatMap(({ name, state }, index) => {
    if (state?.terminated === undefined) return [];
    const now = (statuses ?? []).find((status) => status.name === name && status.state?.terminated === undefined);
    return now === undefined || allowed(name, state.terminated.exitCode) ? [] : [forbiddenField(`${path}[${index}].state`, 'may not be transitioned to non-terminated state')];
  });
}

/** By the container's own rules, its own policy, or the pod's. */
function mayRestart(containers: readonly coreV1.Container[] | undefined, name: string, exitCode: number, { restartPolicy: podPolicy }: Readonly<coreV1.PodSpec>): boolean {
  const container = (containers ?? []).find((one) => one.name === name);
  if (container === undefined) return false;
  const rule = (container.restartPolicyRules ?? []).find(({ exitCodes }) => exitCodes !== undefined && (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In'));
  if (container.restartPolicy !== undefined && rule?.action === 'Restart') return true;
  if (isSidecar(container)) return true;
  const policy = container.restartPolicy ?? podPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

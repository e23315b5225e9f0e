import { isIPv6 } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import { forbiddenField, immutableField, invalidValue, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalList } from '../../shared/go-text/internal-json.ts';
import { legacyIpFaults } from '../../shared/legacy-ip-rules.ts';
import { annotationUpdateFaults } from '../../shared/pod-spec/pod-annotations.ts';
import { qualifiedNameFaults } from '../../shared/port-rules.ts';
import { ruleFaults } from '../../shared/value-rules.ts';
import { claimStatusFaults, extendedClaimFaults } from './claim-status-rules.ts';
import { containerStatusFaults } from './container-status-rules.ts';
import { containerTransitionFaults } from './container-transitions.ts';
import { specOf } from './pod-rules.ts';

type Pod = coreV1.Pod & KubeObject;
type Status = Readonly<coreV1.PodStatus>;

/** Keeps what a status of an older kubelet leaves out, and who owns the pod. */
export function prepareStatus(pod: Pod, old: Readonly<Pod>): void {
  if (old.metadata.ownerReferences === undefined) delete pod.metadata.ownerReferences;
  else pod.metadata.ownerReferences = structuredClone(old.metadata.ownerReferences);
  const status = (pod.status ??= {});
  if (old.status?.nodeAllocatableResourceClaimStatuses === undefined) delete status.nodeAllocatableResourceClaimStatuses; // of a feature that is off
  if (!status.qosClass && old.status?.qosClass !== undefined) status.qosClass = old.status.qosClass;
  if (!status.observedGeneration && old.status?.observedGeneration) status.observedGeneration = old.status.observedGeneration;
  const generations = new Map<string, number[]>();
  for (const { type, observedGeneration = 0 } of old.status?.conditions ?? []) generations.set(type, [...generations.get(type) ?? [], observedGeneration]);
  for (const condition of status.conditions ?? []) {
    const before = generations.get(condition.type)?.shift() ?? 0;
    if (!condition.observedGeneration && before > 0) condition.observedGeneration = before;
  }
}

export function statusFaults(pod: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const [status, before]: [Status, Status] = [pod.status ?? {}, old.status ?? {}];
  return [
    ...annotationUpdateFaults(pod, old), ...conditionFaults(status.conditions ?? []),
    ...nominationFaults(status.nominatedNodeName ?? '', before.nominatedNodeName ?? '', old.spec?.nodeName ?? ''),
    ...((status.observedGeneration ?? 0) < 0 ? [invalidValue('status.observedGeneration', status.observedGeneration, 'must be a non-negative integer')] : []),
    ...immutableField(status.qosClass ?? '', before.qosClass ?? '', 'status.qosClass'), ...containerTransitionFaults(pod, old),
    ...claimStatusFaults(status.resourceClaimStatuses, specOf(pod)), ...extendedClaimFaults(status.extendedResourceClaimStatus, specOf(pod)),
    ...addressFaults(status, before), ...hostAddressFaults(status, before), ...containerStatusFaults(status, specOf(pod)),
  ];
}

const SYSTEM_CONDITIONS: readonly string[] = ['PodScheduled', 'Ready', 'Initialized'];

function conditionFaults(conditions: readonly coreV1.PodCondition[]): FieldError[] {
  return conditions.flatMap(({ type, observedGeneration = 0 }, index) => [
    ...(observedGeneration < 0 ? [invalidValue(`status.conditions[${index}].observedGeneration`, observedGeneration, 'must be a non-negative integer')] : []),
    ...(SYSTEM_CONDITIONS.includes(type) ? [] : qualifiedNameFaults(type, `status.conditions[${index}].Type`)),
  ]);
}

function nominationFaults(node: string, before: string, bound: string): FieldError[] {
  if (node === '' || node === before) return [];
  const path = 'status.nominatedNodeName';
  return [...ruleFaults(node, path, subdomainFaults), ...(bound === '' ? [] : [forbiddenField(path, 'may not be set on pods that are already bound to a node')])];
}

function addressFaults({ podIPs = [] }: Status, { podIPs: before = [] }: Status): FieldError[] {
  const old = before.map(({ ip }) => ip);
  return [...podIPs.flatMap(({ ip }, index) => legacyIpFaults(ip, `status.podIPs[${index}]`, old)), ...familyFaults(podIPs, 'status.podIPs', 'PodIP')];
}

function hostAddressFaults({ hostIP = '', hostIPs = [] }: Status, { hostIPs: before = [] }: Status): FieldError[] {
  const first = hostIPs[0]?.ip;
  if (first === undefined) return [];
  const old = before.map(({ ip }) => ip);
  return [
    ...(hostIP === first ? [] : [invalidValue('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]),
    ...hostIPs.flatMap(({ ip }, index) => legacyIpFaults(ip, `status.hostIPs[${index}]`, old)), ...familyFaults(hostIPs, 'status.hostIPs', 'HostIP'),
  ];
}

function familyFaults(ips: readonly { ip: string }[], path: string, struct: 'PodIP' | 'HostIP'): FieldError[] {
  const families = new Set(ips.map(({ ip }) => isIPv6(ip)));
  return ips.length > families.size ? [invalidValue(path, internalList(struct, ips), 'may specify no more than one IP for each IP family')] : [];
}

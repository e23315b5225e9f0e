import { jsonEquals } from '@kubernode/apimachinery';
import type { coreV1, ResourceRef } from '@kubernode/api';
import { podRequests } from '../cache/pod-requests.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

/** What happened to an object. `Update` in an event: a change that none of the narrower ones describes; in a registration: any change. */
export type EventAction =
  | 'Add' | 'Delete' | 'Update'
  | 'UpdateNodeAllocatable' | 'UpdateNodeLabel' | 'UpdateNodeTaint' | 'UpdateNodeCondition' | 'UpdateNodeAnnotation' | 'UpdateNodeDeclaredFeature'
  | 'UpdatePodLabel' | 'UpdatePodScaleDown' | 'UpdatePodToleration' | 'UpdatePodSchedulingGatesEliminated' | 'UpdatePodGeneratedResourceClaim';

/** Something that may let a waiting pod be placed. Pods are told apart by whether they have a node; `*` is everything. */
export interface ClusterEvent { readonly resource: string; readonly action: EventAction | ''; readonly label: string }

/** The object before and after; one of them is absent for creations and deletions. */
export interface Change<T> { readonly before?: T | undefined; readonly after?: T | undefined }

/** Whether the change may help the pod, which the plugin turned down before. */
export type QueueingHint<T> = (pod: Pod, change: Change<T>) => boolean;

export interface EventRegistration {
  /** `Pod`, `Node`, or a resource's name as in `storageclasses.storage.k8s.io`. */
  readonly resource: string;
  readonly actions: readonly EventAction[];
  /** Absent: every such change may help. */
  readonly hint?: QueueingHint<unknown>;
  /** For the informer, where the resource is neither Pod nor Node. */
  readonly ref?: ResourceRef;
}

export function onPod(actions: readonly EventAction[], hint?: QueueingHint<Pod>): EventRegistration { return register('Pod', actions, hint); }
export function onNode(actions: readonly EventAction[], hint?: QueueingHint<Node>): EventRegistration { return register('Node', actions, hint); }
/** For any other resource, of Kubernetes or not. */
export function onResource<T>(ref: ResourceRef<T>, actions: readonly EventAction[], hint?: QueueingHint<Readonly<T>>): EventRegistration {
  return { ...register(resourceName(ref), actions, hint), ref };
}

function register<T>(resource: string, actions: readonly EventAction[], hint: QueueingHint<T> | undefined): EventRegistration {
  return { resource, actions, ...(hint !== undefined && { hint: hint as QueueingHint<unknown> }) }; // events of a resource carry its objects
}

export function resourceName({ group, resource }: ResourceRef): string { return group === '' ? resource : `${resource}.${group}`; }

export function clusterEvent(resource: string, action: EventAction): ClusterEvent { return { resource, action, label: `${resource}${action}` }; }

export const assignedPodAdd: ClusterEvent = clusterEvent('AssignedPod', 'Add');
export const assignedPodDelete: ClusterEvent = clusterEvent('AssignedPod', 'Delete');
export const unscheduledPodAdd: ClusterEvent = clusterEvent('UnscheduledPod', 'Add');
export const unscheduledPodUpdate: ClusterEvent = clusterEvent('UnscheduledPod', 'Update');
export const nodeAdd: ClusterEvent = clusterEvent('Node', 'Add');
export const nodeDelete: ClusterEvent = clusterEvent('Node', 'Delete');
/** Nothing happened for so long that the pod is tried anyway. */
export const unschedulableTimeout: ClusterEvent = { resource: '*', action: '', label: 'UnschedulableTimeout' };
/** A plugin wants the pod to be tried. */
export const forceActivate: ClusterEvent = { resource: '*', action: '', label: 'ForceActivate' };

/** Whether a registration covers an event. */
export function covers({ resource, actions }: EventRegistration, event: ClusterEvent): boolean {
  const sameResource = resource === event.resource || resource === '*' || (resource === 'Pod' && (event.resource === 'AssignedPod' || event.resource === 'UnscheduledPod'));
  return sameResource && actions.some((action) => action === event.action || (action === 'Update' && event.action.startsWith('Update')));
}

/** What changed of a pod, as far as scheduling cares. */
export function podEvents(before: Pod, after: Pod): ClusterEvent[] {
  const resource = (after.spec?.nodeName ?? '') === '' ? 'UnscheduledPod' : 'AssignedPod';
  const actions: EventAction[] = [];
  if (differ(before.metadata.labels, after.metadata.labels)) actions.push('UpdatePodLabel');
  if (scaledDown(before, after)) actions.push('UpdatePodScaleDown');
  if ((before.spec?.schedulingGates?.length ?? 0) > 0 && (after.spec?.schedulingGates?.length ?? 0) === 0) actions.push('UpdatePodSchedulingGatesEliminated');
  if ((before.spec?.tolerations?.length ?? 0) !== (after.spec?.tolerations?.length ?? 0)) actions.push('UpdatePodToleration');
  if (differ(before.status?.resourceClaimStatuses, after.status?.resourceClaimStatuses) || differ(before.status?.extendedResourceClaimStatus, after.status?.extendedResourceClaimStatus)) actions.push('UpdatePodGeneratedResourceClaim');
  return (actions.length === 0 ? ['Update' as const] : actions).map((action) => clusterEvent(resource, action));
}

/** What changed of a node, as far as scheduling cares; heartbeats give nothing. */
export function nodeEvents(before: Node, after: Node): ClusterEvent[] {
  const actions: EventAction[] = [];
  if (before.spec?.unschedulable === true && after.spec?.unschedulable !== true) actions.push('UpdateNodeTaint');
  if (differ(before.status?.allocatable, after.status?.allocatable)) actions.push('UpdateNodeAllocatable');
  if (differ(before.metadata.labels, after.metadata.labels)) actions.push('UpdateNodeLabel');
  if (differ(before.spec?.taints, after.spec?.taints)) actions.push('UpdateNodeTaint');
  if (differ(conditionsOf(before), conditionsOf(after))) actions.push('UpdateNodeCondition');
  if (differ(before.metadata.annotations, after.metadata.annotations)) actions.push('UpdateNodeAnnotation');
  if (differ(before.status?.declaredFeatures, after.status?.declaredFeatures)) actions.push('UpdateNodeDeclaredFeature');
  return actions.map((action) => clusterEvent('Node', action));
}

function conditionsOf({ status }: Node): Record<string, string> { return Object.fromEntries((status?.conditions ?? []).map((one) => [one.type, one.status])); }

function scaledDown(before: Pod, after: Pod): boolean {
  if (before.spec === after.spec && before.status === after.status) return false;
  const now = podRequests(after);
  for (const [resource, amount] of podRequests(before)) if (amount > (now.get(resource) ?? -1)) return true;
  return false;
}

/** Empty and absent are the same. */
export function differ(a: unknown, b: unknown): boolean { return a !== b && !(isEmpty(a) && isEmpty(b)) && !jsonEquals(a as never, b as never); } // parts of objects of the API, which are JSON

function isEmpty(value: unknown): boolean { return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0); }

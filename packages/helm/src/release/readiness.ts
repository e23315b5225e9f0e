import { scaledIntOrPercent, type IntOrString, type JsonObject } from '@kubernode/apimachinery';
import type { apiextensionsV1, appsV1, batchV1, coreV1 } from '@kubernode/api';

/** `failed`: it never will be. */
export type Readiness = { state: 'ready' } | { state: 'waiting' | 'failed'; why: string };

export interface ReadinessInput {
  object: JsonObject;
  /** What `relatedQuery` asks for. */
  related: readonly JsonObject[];
  /** Whether Jobs are waited for until they are complete. */
  jobs: boolean;
}

const READY: Readiness = { state: 'ready' };
const waiting = (why: string): Readiness => ({ state: 'waiting', why });
const failed = (why: string): Readiness => ({ state: 'failed', why });

/** Whether an object is as far as a release that waits wants it. Kinds that are not named here are ready once they are there. */
export function readiness({ object, related, jobs }: ReadinessInput): Readiness {
  switch (kindOf(object)) {
    case 'v1/Pod': return podReadiness(as<coreV1.Pod>(object));
    case 'v1/PersistentVolumeClaim': return claimReadiness(as<coreV1.PersistentVolumeClaim>(object));
    case 'v1/Service': return serviceReadiness(as<coreV1.Service>(object));
    case 'v1/ReplicationController': case 'apps/v1/ReplicaSet': return setReadiness(as<appsV1.ReplicaSet>(object), related.map(as<coreV1.Pod>));
    case 'apps/v1/Deployment': return deploymentReadiness(as<appsV1.Deployment>(object), related.map(as<appsV1.ReplicaSet>));
    case 'apps/v1/StatefulSet': return statefulSetReadiness(as<appsV1.StatefulSet>(object));
    case 'apps/v1/DaemonSet': return daemonSetReadiness(as<appsV1.DaemonSet>(object));
    case 'batch/v1/Job': return jobs ? jobReadiness(as<batchV1.Job>(object)) : READY;
    case 'apiextensions.k8s.io/v1/CustomResourceDefinition': return definitionReadiness(as<apiextensionsV1.CustomResourceDefinition>(object));
    default: return READY;
  }
}

/** What else has to be known about an object: a list in its namespace. */
export function relatedQuery(object: JsonObject): { apiVersion: string; kind: string; matchLabels: Readonly<Record<string, string>> } | undefined {
  switch (kindOf(object)) {
    case 'apps/v1/Deployment': return { apiVersion: 'apps/v1', kind: 'ReplicaSet', matchLabels: as<appsV1.Deployment>(object).spec?.selector.matchLabels ?? {} };
    case 'apps/v1/ReplicaSet': return { apiVersion: 'v1', kind: 'Pod', matchLabels: as<appsV1.ReplicaSet>(object).spec?.selector.matchLabels ?? {} };
    case 'v1/ReplicationController': return { apiVersion: 'v1', kind: 'Pod', matchLabels: as<coreV1.ReplicationController>(object).spec?.selector ?? {} };
    default: return undefined;
  }
}

/** How a Job or Pod that runs as a hook has ended; other kinds are done once they are there. */
export function hookOutcome(object: JsonObject): Readiness {
  switch (kindOf(object)) {
    case 'batch/v1/Job': return jobOutcome(as<batchV1.Job>(object));
    case 'v1/Pod': return podOutcome(as<coreV1.Pod>(object));
    default: return READY;
  }
}

function podReadiness({ status, metadata }: coreV1.Pod): Readiness {
  return isTrue(status?.conditions, 'Ready') ? READY : waiting(`Pod ${metadata.name} is not ready`);
}

function claimReadiness({ status, metadata }: coreV1.PersistentVolumeClaim): Readiness {
  return status?.phase === 'Bound' ? READY : waiting(`PersistentVolumeClaim ${metadata.name} is not bound`);
}

function serviceReadiness({ spec = {}, status, metadata }: coreV1.Service): Readiness {
  if (spec.type === 'ExternalName') return READY;
  if ((spec.clusterIP ?? '') === '') return waiting(`Service ${metadata.name} has no cluster address`);
  if (spec.type !== 'LoadBalancer' || (spec.externalIPs ?? []).length > 0 || (status?.loadBalancer?.ingress ?? []).length > 0) return READY;
  return waiting(`Service ${metadata.name} has no address of a load balancer`);
}

function setReadiness(set: appsV1.ReplicaSet, pods: readonly coreV1.Pod[]): Readiness {
  if (!isObserved(set)) return waiting(`${set.metadata.name} is not yet seen by its controller`);
  return pods.map(podReadiness).find(({ state }) => state !== 'ready') ?? READY;
}

function deploymentReadiness(deployment: appsV1.Deployment, replicaSets: readonly appsV1.ReplicaSet[]): Readiness {
  const { spec, metadata: { name } } = deployment;
  if (spec?.paused === true) return READY;
  if (!isObserved(deployment)) return waiting(`Deployment ${name} is not yet seen by its controller`);
  const newest = replicaSets.find((set) => isOwnedBy(set, deployment) && revisionOf(set) === revisionOf(deployment));
  if (newest === undefined || !isObserved(newest)) return waiting(`Deployment ${name} has no new ReplicaSet yet`);
  const expected = (spec?.replicas ?? 1) - maxUnavailable(spec);
  const ready = newest.status?.readyReplicas ?? 0;
  return ready >= expected ? READY : waiting(`Deployment ${name}: ${ready} out of ${expected} expected pods are ready`);
}

function maxUnavailable({ replicas = 1, strategy }: Pick<appsV1.DeploymentSpec, 'replicas' | 'strategy'> = {}): number {
  if (strategy?.type !== 'RollingUpdate' || replicas === 0) return 0;
  const surge = scaledIntOrPercent((strategy.rollingUpdate?.maxSurge ?? 0) as IntOrString, replicas, 'up') ?? 0; // validated by the server
  const unavailable = scaledIntOrPercent((strategy.rollingUpdate?.maxUnavailable ?? 0) as IntOrString, replicas, 'down') ?? 0; // as above
  return Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, replicas);
}

function statefulSetReadiness(set: appsV1.StatefulSet): Readiness {
  const { spec, status, metadata: { name } } = set;
  if (!isObserved(set)) return waiting(`StatefulSet ${name} is not yet seen by its controller`);
  if (spec?.updateStrategy?.type !== 'RollingUpdate') return READY;
  const replicas = spec.replicas ?? 1;
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
  if ((status?.updatedReplicas ?? 0) < replicas - partition) return waiting(`StatefulSet ${name}: ${status?.updatedReplicas ?? 0} out of ${replicas - partition} expected pods are updated`);
  if ((status?.readyReplicas ?? 0) !== replicas) return waiting(`StatefulSet ${name}: ${status?.readyReplicas ?? 0} out of ${replicas} expected pods are ready`);
  return partition === 0 && status?.currentRevision !== status?.updateRevision ? waiting(`StatefulSet ${name} is not yet at its new revision`) : READY;
}

function daemonSetReadiness(set: appsV1.DaemonSet): Readiness {
  const { spec, status, metadata: { name } } = set;
  if (!isObserved(set)) return waiting(`DaemonSet ${name} is not yet seen by its controller`);
  if (spec?.updateStrategy?.type !== 'RollingUpdate') return READY;
  const desired = status?.desiredNumberScheduled ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  if (updated !== desired) return waiting(`DaemonSet ${name}: ${updated} out of ${desired} expected pods are updated`);
  const expected = desired - (scaledIntOrPercent((spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1) as IntOrString, desired, 'up') ?? desired); // validated by the server
  const ready = status?.numberReady ?? 0;
  return ready >= expected ? READY : waiting(`DaemonSet ${name}: ${ready} out of ${expected} expected pods are ready`);
}

function jobReadiness({ spec, status, metadata: { name } }: batchV1.Job): Readiness {
  if ((status?.failed ?? 0) > (spec?.backoffLimit ?? 6) || isTrue(status?.conditions, 'Failed')) return failed(`Job ${name} failed`);
  if (isTrue(status?.conditions, 'Complete')) return READY;
  const wanted = spec?.completions ?? 1;
  const succeeded = status?.succeeded ?? 0;
  return succeeded >= wanted ? READY : waiting(`Job ${name}: ${succeeded} out of ${wanted} pods have succeeded`);
}

function jobOutcome({ status, metadata: { name } }: batchV1.Job): Readiness {
  if (isTrue(status?.conditions, 'Complete')) return READY;
  const failure = status?.conditions?.find(({ type, status: is }) => type === 'Failed' && is === 'True');
  return failure === undefined ? waiting(`Job ${name} is not complete`) : failed(`job ${name} failed: ${failure.reason ?? ''}`);
}

function podOutcome({ status, metadata: { name } }: coreV1.Pod): Readiness {
  if (status?.phase === 'Succeeded') return READY;
  return status?.phase === 'Failed' ? failed(`pod ${name} failed`) : waiting(`Pod ${name} is ${(status?.phase ?? 'Pending').toLowerCase()}`);
}

/** Names that are refused are no reason to wait: the release goes on, and what uses the kind fails. */
function definitionReadiness({ status, metadata: { name } }: apiextensionsV1.CustomResourceDefinition): Readiness {
  const refused = status?.conditions?.some(({ type, status: is }) => type === 'NamesAccepted' && is === 'False') ?? false;
  return refused || isTrue(status?.conditions, 'Established') ? READY : waiting(`CustomResourceDefinition ${name} is not established`);
}

interface Observable { metadata: { generation?: number }; status?: { observedGeneration?: number } }

function isObserved({ metadata, status }: Observable): boolean { return (status?.observedGeneration ?? 0) === (metadata.generation ?? 0); }

function isTrue(conditions: readonly { type: string; status: string }[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function isOwnedBy({ metadata }: appsV1.ReplicaSet, owner: appsV1.Deployment): boolean {
  return metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid) ?? false;
}

/** Deployments name their newest ReplicaSet by its revision once they have seen their own specification. */
function revisionOf({ metadata }: appsV1.Deployment | appsV1.ReplicaSet): string | undefined {
  return metadata.annotations?.['deployment.kubernetes.io/revision'];
}

function kindOf(object: JsonObject): string { return `${String(object['apiVersion'])}/${String(object['kind'])}`; }

function as<T>(object: JsonObject): T { return object as unknown as T; } // of the kind that apiVersion and kind name, from the API server

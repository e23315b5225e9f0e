import type { History, Stored } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

/** Once faults have ended, the world is as its objects say. */
export function everythingConverges(): Invariant {
  return {
    name: 'everything converges',
    *atRest(history) {
      for (const deployment of unlimited(history, 'deployments')) yield* asWished('deployment', deployment, ['updatedReplicas', 'replicas', 'availableReplicas']);
      for (const set of unlimited(history, 'statefulsets')) yield* asWished('statefulset', set, ['replicas', 'readyReplicas', 'updatedReplicas']);
      for (const set of unlimited(history, 'replicasets')) yield* asWished('replicaset', set, ['replicas', 'readyReplicas']);
      for (const set of unlimited(history, 'daemonsets')) if (set.status?.['numberReady'] !== set.status?.['desiredNumberScheduled']) yield `daemonset ${shown(set)}: ${JSON.stringify(set.status)}`;
      for (const job of unlimited(history, 'jobs')) if (!hasEnded(job)) yield `job ${shown(job)} is not complete: ${JSON.stringify(job.status)}`;
      for (const node of history.all('minions')) if (!(node.status?.['conditions'] as { type: string; status: string }[] | undefined ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')) yield `node ${shown(node)} is not ready`;
      for (const pod of unlimited(history, 'pods')) yield* podAsWished(pod);
      if ([...history.all('minions')].length === 0) yield 'there is no node';
      yield* endpointsOf(history);
      yield* quotasOf(history);
    },
  };
}

/** A Job for which there was a deadline may have failed. */
function hasEnded({ spec, status }: Stored): boolean {
  return (status?.['conditions'] as { type: string; status: string }[] | undefined ?? []).some(({ type, status: holds }) => (type === 'Complete' || (type === 'Failed' && spec?.['activeDeadlineSeconds'] !== undefined)) && holds === 'True'); // a Job
}

/** Where a quota is full, wishes stay wishes. */
function* unlimited(history: History, resource: string): Generator<Stored, void> {
  const limited = new Set([...history.all('resourcequotas')].map(({ metadata }) => metadata.namespace));
  for (const object of history.all(resource)) if (!limited.has(object.metadata.namespace)) yield object;
}

function* quotasOf(history: History): Generator<string, void> {
  for (const quota of history.all('resourcequotas')) {
    const used = (quota.status?.['used'] as { pods?: string } | undefined)?.pods; // a ResourceQuota
    const pods = [...history.all('pods')].filter((pod) => pod.metadata.namespace === quota.metadata.namespace && pod.status?.['phase'] !== 'Succeeded' && pod.status?.['phase'] !== 'Failed').length;
    if (used !== undefined && Number(used) !== pods) yield `quota ${shown(quota)} says that ${used} pods are there, where there are ${pods}`;
  }
}

function* asWished(kind: string, object: Stored, counts: readonly string[]): Generator<string, void> {
  const wished = object.spec?.['replicas'] ?? 1;
  const isSeen = (object.status?.['observedGeneration'] ?? 0) === (object.metadata.generation ?? 0);
  if (!isSeen || counts.some((count) => (object.status?.[count] ?? 0) !== wished)) yield `${kind} ${shown(object)} wants ${String(wished)}, generation ${object.metadata.generation ?? 0}: ${JSON.stringify(object.status)}`;
}

/** A pod of a workload runs and is ready, or has ended. */
function* podAsWished(pod: Stored): Generator<string, void> {
  const { phase = 'Pending', conditions } = pod.status ?? {};
  if (phase !== 'Succeeded' && phase !== 'Failed' && !isReady(pod)) yield `pod ${shown(pod)} on ${String(pod.spec?.['nodeName'] ?? 'no node')} is ${String(phase)}: ${JSON.stringify(conditions)}`;
}

/** Services lead to the ready pods they select, and to no others. */
function* endpointsOf(history: History): Generator<string, void> {
  for (const service of history.all('services')) {
    const selector = service.spec?.['selector'] as Record<string, string> | undefined; // a Service
    if (selector === undefined) continue;
    const { namespace, name } = service.metadata;
    const ready = [...history.all('pods')].filter((pod) => pod.metadata.namespace === namespace && Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value) && isReady(pod)).map((pod) => String(pod.status?.['podIP']));
    const told = [...history.all('endpointslices')].filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name)
      .flatMap((slice) => (slice['endpoints'] as { addresses: string[]; conditions?: { ready?: boolean } }[] | undefined ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) => addresses)); // an EndpointSlice
    if (ready.sort().join() !== told.sort().join()) yield `service ${shown(service)} leads to ${told.join()}, ready are ${ready.join()}`;
  }
}

function isReady(pod: Stored): boolean {
  return pod.metadata.deletionTimestamp === undefined && (pod.status?.['conditions'] as { type: string; status: string }[] | undefined ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function shown({ metadata }: Stored): string { return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`; }

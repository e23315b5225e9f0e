import { formatApiVersion, timeToMs, type ObjectMeta } from '@kubernode/apimachinery';
import type { coreV1, ResourceRef } from '@kubernode/api';

/** How long something with a finalizer is expected to take. */
const FINALIZER_ESTIMATE_SECONDS = 15;

/** What one resource still has in a namespace after it was told to go. */
export interface Leftovers {
  /** When it is worth looking again; 0 for nothing that takes time. */
  estimateSeconds: number;
  instances: number;
  finalizers: ReadonlyMap<string, number>;
  /** Why it cannot be called fine. */
  failure?: string;
}

/** `graceSeconds` is what pods still have; other resources have 0. */
export function leftoversOf(resource: ResourceRef, namespace: string, left: readonly ObjectMeta[], graceSeconds: number): Leftovers {
  const finalizers = new Map<string, number>();
  for (const name of left.flatMap((one) => one.finalizers ?? [])) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  const instances = left.length;
  if (instances === 0) return { estimateSeconds: 0, instances, finalizers };
  if (graceSeconds > 0) return { estimateSeconds: graceSeconds, instances, finalizers };
  if (finalizers.size > 0) return { estimateSeconds: FINALIZER_ESTIMATE_SECONDS, instances, finalizers };
  const failure = `unexpected items still remain in namespace: ${namespace} for gvr: ${resource.group}/${resource.version}, Resource=${resource.resource}`;
  return { estimateSeconds: 0, instances, finalizers, failure };
}

/** How long the pods of a namespace may take to end: the longest grace period, unless it has passed since the namespace was deleted. */
export function podGraceSeconds(pods: readonly Readonly<coreV1.Pod>[], deletionTimestamp: string, nowMs: number): number {
  const running = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  const seconds = Math.max(0, ...running.map(({ spec }) => spec?.terminationGracePeriodSeconds ?? 0));
  return nowMs - (timeToMs(deletionTimestamp) ?? 0) >= seconds * 1000 ? 0 : seconds;
}

/** What all resources together leave. */
export class Tally {
  estimateSeconds = 0;
  readonly instances: Map<string, number> = new Map<string, number>();
  readonly finalizers: Map<string, number> = new Map<string, number>();
  readonly failures: string[] = [];

  add({ group, resource }: ResourceRef, { estimateSeconds, instances, finalizers, failure }: Leftovers): void {
    this.estimateSeconds = Math.max(this.estimateSeconds, estimateSeconds);
    if (failure !== undefined) this.failures.push(failure);
    if (instances > 0) this.instances.set(`${resource}.${group}`, instances);
    for (const [name, count] of finalizers) this.finalizers.set(name, (this.finalizers.get(name) ?? 0) + count);
  }
}

/** The one whose deletion the others wait for. */
export function isPods(resource: ResourceRef): boolean { return resource.resource === 'pods' && formatApiVersion(resource) === 'v1'; }

import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { isNotFound, isTooManyRequests } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { UserError } from '@kubernode/component-base';

const POLL_MS = 500;
/** As long as budgets may hold evictions back; then a person has to look. */
const DRAIN_LIMIT_MS = 10 * 60_000;

/** Lets no new pods come and asks those that are there to go, as budgets allow; resolves when none is left that somebody else would have to restart. */
export async function drainNode(client: Client, name: string, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  try { await client.patch(coreV1Resources.nodes, { name }, { type: 'merge', body: { spec: { unschedulable: true } } }, { signal }); } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  const deadline = clock.monotonicNow() + DRAIN_LIMIT_MS;
  for (;;) {
    const pods = (await client.list(coreV1Resources.pods, { fieldSelector: `spec.nodeName=${name}`, signal })).items.filter(hasToGo);
    if (pods.length === 0) return;
    if (clock.monotonicNow() > deadline) throw new UserError(`${name} is not drained: ${pods.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).join(', ')} stay${pods.length === 1 ? 's' : ''}; look at their PodDisruptionBudgets and deploy again`);
    for (const pod of pods) if (pod.metadata.deletionTimestamp === undefined) await evict(client, pod, signal);
    await clock.sleep(POLL_MS, { signal });
  }
}

/** Not those that belong to the node itself: static pods, and those of DaemonSets, which would come back. */
function hasToGo({ metadata, status }: coreV1.Pod): boolean {
  const isMirror = metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  const ofDaemonSet = metadata.ownerReferences?.some((owner) => owner.kind === 'DaemonSet' && owner.controller === true) === true;
  return !isMirror && !ofDaemonSet && !['Succeeded', 'Failed'].includes(status?.phase ?? '');
}

async function evict(client: Client, { metadata: { name, namespace = '' } }: coreV1.Pod, signal: AbortSignal): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  try { await client.create(coreV1Resources.pods, eviction, { target: { name, namespace, subresource: 'eviction' }, namespace, signal }); } catch (error) {
    if (!isNotFound(error) && !isTooManyRequests(error)) throw error; // a budget that holds it back is asked again
  }
}

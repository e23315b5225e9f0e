import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Client } from '@kubernode/client';

type Pod = coreV1.Pod;

/** What a play needs of a cluster in memory. */
interface World { client: Pick<Client, 'update'> & { all(resource: typeof coreV1Resources.pods): readonly Pod[]; put(object: object): void }; clock: { now(): number; advance(ms: number): Promise<void> } }

/** On a pod of a template that has it, a deletion only begins, as with a grace period, until `playKubelet` ends it. */
export const GRACEFUL = 'test/grace';

/** Binds and starts pods, lets some of those that are not ready become so, and some of those that are going be gone. */
export async function playKubelet({ client, clock }: World, chance: () => boolean): Promise<void> {
  for (const pod of client.all(coreV1Resources.pods)) {
    const { metadata, status } = pod;
    if (metadata.deletionTimestamp !== undefined) {
      if (chance()) await client.update(coreV1Resources.pods, { ...pod, metadata: { ...metadata, finalizers: [] } }).catch(() => undefined); // next time, where somebody else was first
    } else if (status?.phase === undefined) client.put({ ...pod, status: { phase: 'Pending' } });
    else if (!isReady(pod) && chance()) client.put({ ...pod, spec: { ...pod.spec, nodeName: pod.spec?.nodeName ?? nodeOf(pod) }, status: running(clock.now()) });
  }
  await clock.advance(50);
}

export function isReady({ status }: Readonly<Pod>): boolean { return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true; }

export function running(sinceMs: number): coreV1.PodStatus {
  return { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(sinceMs).toISOString() }] };
}

/** The node that a daemon is made for. */
function nodeOf({ spec }: Pod): string {
  return spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? 'somewhere';
}

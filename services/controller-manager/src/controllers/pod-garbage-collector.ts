import { timeToMs } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { isFinished } from './pods.ts';

type Pod = Readonly<coreV1.Pod>;

const PERIOD_MS = 20_000;
/** A node that was seen before its pod, or comes back at once, costs no pod. */
const MISSING_NODE_MS = 40_000;
const ALL = 'all';

export interface PodGarbageSnapshot { pods: readonly Pod[]; nodeNames: ReadonlySet<string> }

/** Removes pods that nobody else will: too many ended ones, those of nodes that are gone, and unbound ones that are being deleted. */
export function podGarbageCollector(threshold: number): Controller {
  return controller<PodGarbageSnapshot>({
    name: 'pod-garbage-collector',
    component: 'pod-garbage-collector',
    workers: 1,
    watches: [
      watch({ resource: coreV1Resources.pods, keys: ({ object, previous }) => (object === undefined || previous !== undefined ? [] : [ALL]) }),
      watch({ resource: coreV1Resources.nodes, keys: ({ object }) => (object === undefined ? [ALL] : []) }),
    ],
    read: (_key, listers) => ({ pods: listers.of(coreV1Resources.pods).list(), nodeNames: new Set(listers.of(coreV1Resources.nodes).list().map(({ metadata }) => metadata.name)) }),
    reconcile: (snapshot, nowMs) => collect(snapshot, threshold, nowMs),
  });
}

/** Looks at everything now and then: what it waits for brings no event. */
export function collect({ pods, nodeNames }: PodGarbageSnapshot, threshold: number, nowMs: number): Plan {
  const ended = pods.filter(isFinished).sort((a, b) => (timeToMs(a.metadata.creationTimestamp) ?? 0) - (timeToMs(b.metadata.creationTimestamp) ?? 0));
  const tooMany = threshold <= 0 ? [] : ended.slice(0, Math.max(0, ended.length - threshold));
  const homeless = pods.filter((pod) => {
    const node = pod.spec?.nodeName ?? '';
    return node !== '' && !nodeNames.has(node) && (timeToMs(pod.metadata.creationTimestamp) ?? nowMs) + MISSING_NODE_MS < nowMs;
  });
  const unbound = pods.filter(({ metadata, spec }) => metadata.deletionTimestamp !== undefined && (spec?.nodeName ?? '') === '');
  return { actions: [{ do: 'all', actions: [...new Set([...tooMany, ...homeless, ...unbound])].map(remove) }], againAfterMs: PERIOD_MS };
}

function remove({ metadata: { name, namespace, uid } }: Pod): Action {
  return { do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid, gracePeriodSeconds: 0 };
}

import { formatTime, timeToMs } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, watch, type Action, type Controller } from '@kubernode/controller';
import { isFinished } from '../pods.ts';
import { covers } from './toleration.ts';

type Pod = Readonly<coreV1.Pod>;

interface Snapshot { pod: Pod; taints: readonly coreV1.Taint[] }

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or not for longer. */
export const taintEvictionController: Controller = controller<Snapshot>({
  name: 'taint-eviction-controller',
  component: 'taint-eviction-controller',
  workers: 8,
  watches: [
    watch({
      resource: coreV1Resources.nodes,
      keys: ({ key, object }, listers) => (object?.spec?.taints?.some(isNoExecute) === true ? listers.of(coreV1Resources.pods).byIndex('nodeName', key).map(keyOf) : []),
    }),
    watch({
      resource: coreV1Resources.pods, indexes: { nodeName: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) },
      keys: ({ object }) => (object?.spec?.nodeName === undefined ? [] : [keyOf(object)]),
    }),
  ],
  read(key, listers) {
    const pod = listers.of(coreV1Resources.pods).get(key);
    const taints = listers.of(coreV1Resources.nodes).get(pod?.spec?.nodeName ?? '')?.spec?.taints?.filter(isNoExecute) ?? [];
    return pod === undefined || taints.length === 0 || isFinished(pod) || pod.metadata.deletionTimestamp !== undefined ? undefined : { pod, taints };
  },
  reconcile({ pod, taints }, nowMs) {
    const leftMs = toleratedForMs(pod, taints, nowMs);
    if (leftMs <= 0) return { actions: eviction(pod, nowMs) };
    return { actions: [], againAfterMs: leftMs === Infinity ? undefined : leftMs };
  },
});

function isNoExecute({ effect }: coreV1.Taint): boolean { return effect === 'NoExecute'; }
function keyOf({ metadata }: Pod): string { return `${metadata.namespace ?? ''}/${metadata.name}`; }

/** How much longer the pod may stay: as long as its least patient toleration since the taint came; 0 when a taint is not tolerated. */
function toleratedForMs({ spec }: Pod, taints: readonly coreV1.Taint[], nowMs: number): number {
  return Math.min(...taints.map((taint) => {
    const covering = spec?.tolerations?.filter((one) => covers(one, taint)) ?? [];
    if (covering.length === 0) return 0;
    const seconds = Math.min(...covering.map(({ tolerationSeconds }) => tolerationSeconds ?? Infinity));
    return (timeToMs(taint.timeAdded) ?? nowMs) + Math.max(0, seconds) * 1000 - nowMs;
  }));
}

function eviction(pod: Pod, nowMs: number): Action[] {
  const { name, namespace, uid, generation } = pod.metadata;
  const target = { name, namespace };
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: formatTime(nowMs), observedGeneration: generation };
  return [
    { do: 'event', about: pod, type: 'Normal', reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${namespace ?? ''}/${name}` },
    { do: 'patch', resource: coreV1Resources.pods, target: { ...target, subresource: 'status' }, patch: { type: 'strategic', body: { metadata: { uid }, status: { conditions: [condition] } } }, otherwise: ({ reason }) => ({ handled: reason === 'NotFound' }) },
    { do: 'delete', resource: coreV1Resources.pods, target, uid },
  ];
}

import { sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, watch, type Controller } from '@kubernode/controller';
import { decideEviction, type EvictionSnapshot } from './decide-eviction.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

const { nodes, pods } = coreV1Resources;

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or not for longer. */
export function taintEvictionController({ clock, onEviction }: { clock: Clock; onEviction?: (lateMs: number) => void }): Controller {
  const due = new Map<string, { uid: string | undefined; ms: number }>(); // a pod made anew under an old name starts anew
  return controller<EvictionSnapshot>({
    name: 'taint-eviction-controller',
    component: 'taint-eviction-controller',
    workers: 8,
    watches: [
      watch({
        resource: nodes,
        keys: ({ key, object, previous }, listers) => (object !== undefined && !sameJson(noExecute(object), previous && noExecute(previous)) ? listers.of(pods).byIndex('nodeName', key).map(keyOf) : []),
      }),
      watch({
        resource: pods, indexes: { nodeName: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) },
        keys: ({ key, object, previous }) => (object !== undefined && previous !== undefined && sameJson(matter(object), matter(previous)) ? [] : [key]),
      }),
    ],
    read(key, listers) {
      const pod = listers.of(pods).get(key);
      const planned = due.get(key);
      const isAnother = pod !== undefined && planned !== undefined && planned.uid !== pod.metadata.uid;
      if (isAnother) due.delete(key);
      const dueMs = isAnother ? undefined : planned?.ms;
      const node = listers.of(nodes).get(pod?.spec?.nodeName ?? '');
      const taints = node && noExecute(node);
      if (dueMs === undefined && (taints?.length ?? 0) === 0) return undefined; // nearly all pods
      const [namespace = '', name = ''] = key.split('/');
      return { namespace, name, pod, taints, dueMs };
    },
    reconcile(snapshot, nowMs) {
      const monotonicMs = clock.monotonicNow();
      const { actions, dueMs } = decideEviction(snapshot, { nowMs, monotonicMs });
      const key = `${snapshot.namespace}/${snapshot.name}`;
      const note = (): void => {
        if (dueMs === undefined) due.delete(key);
        else due.set(key, { uid: snapshot.pod?.metadata.uid, ms: dueMs });
        if (actions.some((action) => action.do === 'delete')) onEviction?.(Math.max(0, clock.monotonicNow() - (snapshot.dueMs ?? monotonicMs)));
      };
      return { actions: [...actions, { do: 'remember', note }], againAfterMs: dueMs === undefined ? undefined : dueMs - monotonicMs };
    },
  });
}

function noExecute({ spec }: Node): coreV1.Taint[] { return spec?.taints?.filter(({ effect }) => effect === 'NoExecute') ?? []; }

function matter({ spec }: Pod): unknown { return [spec?.nodeName, spec?.tolerations ?? []]; }

function keyOf({ metadata }: Pod): string { return `${metadata.namespace ?? ''}/${metadata.name}`; }

import { coreV1Resources } from '@kubernode/api';
import { controller, watch, type Controller, type Listers } from '@kubernode/controller';
import { isServed, selectedPods, serviceWatches } from '../endpoints/service-pods.ts';
import { TriggerTimes } from '../endpoints/trigger-times.ts';
import type { SliceMetrics } from './metrics.ts';
import { reconcileSlices, type SlicesSnapshot } from './reconcile-slices.ts';
import { HintMemory } from './service-hints.ts';
import { MANAGER } from './service-slices.ts';
import { slicesOf, sliceWatch } from './slice-watch.ts';
import { wantsTopologyHints } from './topology-hints.ts';
import { changesZones, ZONE, zoneSharesOf, type ZoneShares } from './zone-shares.ts';

export interface EndpointSliceOptions { endpointsMax: number; batchMs: number; metrics?: SliceMetrics }

/** Changes by others are put right after a moment; the controller's own come back as well and need nothing. */
const SLICE_CHANGE_MS = 1000;
/** A pod whose node is not known is looked at again this much later, then twice as late each time. */
const MISSING_NODE_MS = 1000;
const MISSING_NODE_MAX_MS = 1_000_000;

type Snapshot = SlicesSnapshot & { key: string };

/** Keeps a Service's addresses in slices of at most `endpointsMax`. Slices go with their Service by ownership. */
export function endpointSliceController({ endpointsMax, batchMs, metrics }: EndpointSliceOptions): Controller {
  const waits = new Map<string, number>(); // of Services with such pods, how long they wait next
  const times = new TriggerTimes();
  const memory = new HintMemory();
  return controller<Snapshot>({
    name: 'endpoint_slice',
    component: 'endpoint-slice-controller',
    watches: [
      ...serviceWatches(batchMs),
      sliceWatch(MANAGER, Math.max(SLICE_CHANGE_MS, batchMs)),
      watch({ resource: coreV1Resources.nodes, keys: ({ object, previous }, listers) => (changesZones(previous, object) ? memory.overloaded(() => sharesOf(listers)) : []) }),
    ],
    read(key, listers) {
      const service = listers.of(coreV1Resources.services).get(key);
      if (service === undefined) {
        times.forget(key);
        memory.forget(key);
        waits.delete(key);
        metrics?.onGone(key);
        return undefined;
      }
      if (!isServed(service)) return undefined;
      const pods = selectedPods(service, listers);
      const nodes = listers.of(coreV1Resources.nodes);
      return {
        key, service, pods,
        slices: slicesOf(key, MANAGER, listers).filter(({ metadata }) => metadata.deletionTimestamp === undefined),
        zoneOf: (nodeName) => { const node = nodes.get(nodeName); return node && (node.metadata.labels?.[ZONE] ?? ''); },
        shares: () => (wantsTopologyHints(service) ? sharesOf(listers) : undefined),
        hints: memory.of(key), triggerMs: times.next(key, service, pods),
      };
    },
    reconcile(snapshot) {
      const { key } = snapshot;
      const { actions, hints, report } = reconcileSlices(snapshot, { endpointsMax });
      const waitMs = report.failed ? waits.get(key) ?? MISSING_NODE_MS : undefined;
      const begun = (): void => { memory.set(key, hints); };
      const done = (): void => {
        metrics?.onSync(key, report);
        if (waitMs === undefined) waits.delete(key);
        else waits.set(key, Math.min(waitMs * 2, MISSING_NODE_MAX_MS));
      };
      return { actions: [{ do: 'remember', note: begun }, ...actions, { do: 'remember', note: done }], againAfterMs: waitMs };
    },
  });
}

function sharesOf(listers: Listers): ZoneShares { return zoneSharesOf(listers.of(coreV1Resources.nodes).list()); }


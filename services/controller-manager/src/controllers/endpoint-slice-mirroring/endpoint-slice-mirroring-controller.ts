import { coreV1Resources } from '@kubernode/api';
import { controller, watch, type Controller } from '@kubernode/controller';
import { slicesOf, sliceWatch } from '../endpoint-slices/slice-watch.ts';
import { hasSelector } from '../endpoints/service-pods.ts';
import type { MirrorMetrics } from './metrics.ts';
import { asksForMirror, MANAGER, reconcileMirror, type MirrorSnapshot } from './reconcile-mirror.ts';

export interface MirroringOptions { addressesMax: number; batchMs: number; metrics?: MirrorMetrics }
type Snapshot = MirrorSnapshot & { key: string };

/** Mirrors hand-written Endpoints into slices, for readers that know slices only. */
export function endpointSliceMirroringController({ addressesMax, batchMs, metrics }: MirroringOptions): Controller {
  return controller<Snapshot>({
    name: 'endpoint_slice_mirroring',
    component: 'endpoint-slice-mirroring-controller',
    watches: [
      watch({ resource: coreV1Resources.endpoints, keys: ({ key, object, previous }) => ([object, previous].some((one) => one !== undefined && asksForMirror(one)) ? [key] : []) }),
      sliceWatch(MANAGER, batchMs),
      watch({
        resource: coreV1Resources.services,
        keys: ({ key, object, previous }) => {
          const [selects, selected] = [object, previous].map((service) => service && hasSelector(service.spec));
          return selects === selected || (selects !== false && selected !== false) ? [] : [key];
        },
      }),
    ],
    read(key, listers) {
      const endpoints = listers.of(coreV1Resources.endpoints).get(key);
      const slices = slicesOf(key, MANAGER, listers);
      if (endpoints === undefined) metrics?.onGone(key);
      return endpoints === undefined && slices.length === 0 ? undefined : { key, endpoints, service: listers.of(coreV1Resources.services).get(key), slices };
    },
    reconcile(snapshot) {
      const { report, ...plan } = reconcileMirror(snapshot, { addressesMax });
      const note = (): void => { if (report !== undefined) metrics?.onSync(snapshot.key, report); };
      return { ...plan, actions: [...plan.actions, { do: 'remember', note }] };
    },
    onLook: ({ seconds }) => { metrics?.onLook(seconds); },
  });
}

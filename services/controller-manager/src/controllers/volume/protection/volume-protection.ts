import type { coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { volumes } from '../save.ts';
import { addFinalizer, lacks, removeFinalizer, waitsFor } from './finalizer.ts';

const FINALIZER = 'kubernetes.io/pv-protection';

/** Keeps volumes while they are bound. */
export const volumeProtection: Controller = controller<Readonly<coreV1.PersistentVolume>>({
  name: 'pvprotection',
  component: 'pv-protection-controller',
  watches: [watch({ resource: volumes, keys: ownKey })],
  read: (key, listers) => listers.of(volumes).get(key),
  reconcile,
});

export function reconcile(volume: Readonly<coreV1.PersistentVolume>): Plan {
  if (waitsFor(volume, FINALIZER)) return volume.status?.phase === 'Bound' ? nothingToDo : { actions: [removeFinalizer(volumes, volume, FINALIZER)] };
  return lacks(volume, FINALIZER) ? { actions: [addFinalizer(volumes, volume, FINALIZER)] } : nothingToDo;
}

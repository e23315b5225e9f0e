import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { volumeAnnotations } from '@kubernode/volume-matching';
import { addFinalizer, lacks, removeFinalizer } from '../protection/finalizer.ts';
import { volumes } from '../save.ts';
import { FINALIZER, LOCAL_PATH, NODE_ANNOTATION } from './local-volume.ts';

type Volume = Readonly<coreV1.PersistentVolume>;

const nodes = coreV1Resources.nodes;

export interface CleaningScene { volume: Volume; hasNode: boolean }

/** A node that did not delete a directory is asked again after this long. */
const RETRY_MS = 15_000;

/** Has nodes delete what released volumes stored, and deletes the volumes then. */
export const localPathCleaner: Controller = controller<CleaningScene>({
  name: 'local_path_volumes',
  component: LOCAL_PATH,
  watches: [watch({ resource: volumes, keys: ownKey }), watch({ resource: nodes, keys: () => [] })],
  read(key, listers) {
    const volume = listers.of(volumes).get(key);
    if (volume?.metadata.annotations?.[volumeAnnotations.dynamicallyProvisioned] !== LOCAL_PATH) return undefined;
    return { volume, hasNode: listers.of(nodes).get(nodeOf(volume)) !== undefined };
  },
  reconcile,
});

function nodeOf({ metadata }: Volume): string { return metadata.annotations?.[NODE_ANNOTATION] ?? ''; }

/** What a node that is gone had went with it. */
export function reconcile({ volume, hasNode }: CleaningScene): Plan {
  const isKept = volume.metadata.finalizers?.includes(FINALIZER) === true;
  if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return isKept ? { actions: [removeFinalizer(volumes, volume, FINALIZER)] } : nothingToDo;
  if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed') return lacks(volume, FINALIZER) ? { actions: [addFinalizer(volumes, volume, FINALIZER)] } : nothingToDo;
  return hasNode ? { actions: [cleanThen(volume, remove(volume, isKept))], againAfterMs: RETRY_MS } : { actions: remove(volume, isKept) };
}

/** The node's own server deletes: it knows its directories and what its pods use. */
function cleanThen(volume: Volume, next: readonly Action[]): Action {
  const { name } = volume.metadata;
  return {
    do: 'delete', resource: nodes, target: { name: nodeOf(volume), subresource: `proxy/localVolumes/${encodeURIComponent(name)}` },
    then: () => next,
    otherwise: ({ message }) => ({ handled: true, actions: [{ do: 'event', about: volume, type: 'Warning', reason: 'VolumeFailedDelete', message }] }),
  };
}

function remove(volume: Volume, isKept: boolean): Action[] {
  const { name, uid, deletionTimestamp } = volume.metadata;
  const deletion: Action[] = deletionTimestamp === undefined ? [{ do: 'delete', resource: volumes, target: { name }, uid }] : [];
  return isKept ? [{ ...removeFinalizer(volumes, volume, FINALIZER), then: () => deletion }] : deletion;
}

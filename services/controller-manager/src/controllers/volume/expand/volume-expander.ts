import { compareQuantities } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { controller, nothingToDo, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { csiDriverOf, inTreePluginOf, storageOf, volumeAnnotations } from '@kubernode/volume-matching';
import { claims, volumes } from '../save.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

export interface ExpansionScene { claim: Claim; volume: Volume | undefined }

/** Tells whose claim grows that an outside controller is to make the volume larger, and names that controller where it replaced a built-in plugin. */
export const volumeExpander: Controller = controller<ExpansionScene>({
  name: 'volume_expand',
  component: 'volume_expand',
  watches: [
    watch({ resource: claims, keys: ({ key, object, previous }) => (object !== undefined && object.status?.phase === 'Bound' && (previous === undefined || hasGrown(previous, object)) ? [key] : []) }),
    watch({ resource: volumes, keys: () => [] }),
  ],
  read(key, listers) {
    const claim = listers.of(claims).get(key);
    return claim === undefined ? undefined : { claim, volume: listers.of(volumes).get(claim.spec?.volumeName ?? '') };
  },
  reconcile,
});

/** Only what a user or a resizer made larger concerns us: each look is told of. */
function hasGrown(before: Claim, now: Claim): boolean {
  return compareQuantities(wantedOf(now), wantedOf(before)) > 0 || compareQuantities(storageOf(now.status?.capacity), storageOf(before.status?.capacity)) > 0;
}

function wantedOf({ spec }: Claim): ReturnType<typeof storageOf> { return storageOf(spec?.resources?.requests); }

/** A volume that the local copy does not have yet, or not yet as bound, is looked for again this much later. */
const UNBOUND_RECHECK_MS = 1000;

export function reconcile({ claim, volume }: ExpansionScene): Plan {
  const ref = volume?.spec?.claimRef;
  const isGrowing = compareQuantities(wantedOf(claim), storageOf(claim.status?.capacity)) > 0;
  if (claim.status?.phase !== 'Bound' || (!isGrowing && volume?.metadata.annotations?.[volumeAnnotations.preResizeCapacity] === undefined)) return nothingToDo;
  if (ref === undefined || ref.namespace !== claim.metadata.namespace || ref.uid !== claim.metadata.uid) return { actions: [], againAfterMs: UNBOUND_RECHECK_MS };
  const plugin = inTreePluginOf(volume?.spec);
  if (plugin === undefined) return { actions: [tell(claim, 'Normal', 'waiting for an external controller to expand this PVC')] };
  return { actions: [tell(claim, 'Normal', `CSI migration enabled for ${plugin}; waiting for external resizer to expand the pvc`), ...nameResizer(claim, csiDriverOf(plugin) ?? '')] };
}

function nameResizer(claim: Claim, driver: string): Action[] {
  const { name, namespace = '', annotations } = claim.metadata;
  if (annotations?.[volumeAnnotations.storageResizer] === driver) return [];
  return [{
    do: 'patch', resource: claims, target: { name, namespace },
    patch: { type: 'strategic', body: { metadata: { annotations: { [volumeAnnotations.storageResizer]: driver } } } },
    otherwise: ({ message }) => ({ actions: [tell(claim, 'Warning', `error setting resizer annotation to pvc ${namespace}/${name}, with error ${message}`)] }),
  }];
}

function tell(claim: Claim, type: 'Normal' | 'Warning', message: string): Action {
  return { do: 'event', about: claim, type, reason: 'ExternalExpanding', message };
}

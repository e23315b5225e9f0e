import { coreV1Resources, storageV1Resources, type coreV1 } from '@kubernode/api';
import type { IndexFunctions } from '@kubernode/client';
import { controller, ownKey, watch, type Action, type Controller, type Listers, type Plan, type Reach } from '@kubernode/controller';
import { claimClass, claimHasClass, isDefaultClass, volumeAnnotations, volumeClass } from '@kubernode/volume-matching';
import { isTerminated, podsByClaim } from '../pods-of-claims.ts';
import { present } from '../present.ts';
import { claims, save, volumes } from '../save.ts';
import { bestVolume } from './best-volume.ts';
import { bind } from './bind.ts';
import { migratedClaim } from './migration.ts';
import { lose } from './phases.ts';
import { bindNew, type ClaimScene } from './unbound-claim.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

export interface BinderOptions {
  /** How often what waits is looked at, and told of, again. */
  syncPeriodMs: number;
  /** Whether claims get volumes made for them. */
  dynamic: boolean;
}

/** Claims that name no volume yet: by their class; those that may get the default class by a value that no class has. */
const claimsWaiting: IndexFunctions<coreV1.PersistentVolumeClaim> = {
  waitingForClass: (claim) => (isWaiting(claim) ? [claimHasClass(claim) ? claimClass(claim) : WITHOUT_CLASS] : []),
  volumeName: ({ spec }) => (spec?.volumeName === undefined ? [] : [spec.volumeName]),
};
const WITHOUT_CLASS = ' ';

/** Volumes by the claim they are reserved for, as `namespace/name`; those that nobody has by class. */
export const volumesByClaim: IndexFunctions<coreV1.PersistentVolume> = {
  claimKey: (volume) => claimKeyOf(volume),
  freeOfClass: (volume) => (volume.spec?.claimRef === undefined ? [volumeClass(volume)] : []),
};

export function claimKeyOf({ spec }: Volume): string[] {
  return spec?.claimRef === undefined ? [] : [`${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`];
}

/** Gives claims their volumes. */
export function claimBinder({ syncPeriodMs, dynamic }: BinderOptions): Controller {
  return controller<ClaimScene>({
    name: 'claims',
    component: 'persistentvolume-controller',
    workers: 1, // two at once might choose the same volume
    watches: [
      watch({ resource: claims, indexes: claimsWaiting, keys: ownKey }),
      watch({ resource: volumes, indexes: volumesByClaim, keys: ({ key, object, previous }, listers) => concernedBy(key, object, previous, listers) }),
      watch({
        resource: storageV1Resources.storageclasses,
        keys: ({ key, object }, listers) => (object === undefined ? [] : keysOf([key, ...(isDefaultClass(object) ? [WITHOUT_CLASS] : [])].flatMap((name) => listers.of(claims).byIndex('waitingForClass', name)))),
      }),
      watch({ resource: coreV1Resources.pods, indexes: podsByClaim, keys: () => [] }), // told of at the next look
    ],
    read: (key, listers) => readClaim(key, listers, dynamic),
    ask: confirmLoss,
    reconcile: (scene) => reconcileClaim(scene, syncPeriodMs),
  });
}

/** Claims that a changed volume is reserved for or that name it; when it became free, those that wait for one like it. */
function concernedBy(name: string, object: Volume | undefined, previous: Volume | undefined, listers: Listers): string[] {
  const known = listers.of(claims);
  const mentioned = [...new Set([object, previous].flatMap((one) => (one === undefined ? [] : claimKeyOf(one))))];
  const naming = keysOf(known.byIndex('volumeName', name));
  if (object === undefined || !isFree(object) || (previous !== undefined && isFree(previous))) return [...mentioned, ...naming];
  const waiting = [volumeClass(object), ...(volumeClass(object) === '' ? [WITHOUT_CLASS] : [])].flatMap((one) => known.byIndex('waitingForClass', one));
  return [...mentioned, ...naming, ...keysOf(waiting.filter((claim) => bestVolume(claim, [object], false) !== undefined))];
}

function isFree({ spec, status }: Volume): boolean { return spec?.claimRef === undefined && status?.phase === 'Available'; }

function isBound({ metadata }: Claim): boolean { return metadata.annotations?.[volumeAnnotations.bindCompleted] !== undefined; }

function isWaiting({ spec }: Claim): boolean { return spec?.volumeName === undefined || spec.volumeName === ''; }

function keysOf(list: readonly Claim[]): string[] { return list.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`); }

function readClaim(key: string, listers: Listers, dynamic: boolean): ClaimScene | undefined {
  const claim = listers.of(claims).get(key);
  if (claim === undefined) return undefined;
  const known = listers.of(volumes);
  const pods = listers.of(coreV1Resources.pods).byIndex('claimKey', key).filter((pod) => (pod.spec?.nodeName ?? '') === '' && !isTerminated(pod));
  return {
    claim, dynamic,
    named: claim.spec?.volumeName === undefined ? undefined : known.get(claim.spec.volumeName),
    candidates: isWaiting(claim) ? [...known.byIndex('claimKey', key), ...known.byIndex('freeOfClass', claimClass(claim))] : [],
    classes: listers.of(storageV1Resources.storageclasses).list(),
    waitingPods: pods.map(({ metadata }) => metadata.name).sort(),
  };
}

/** The local copy of volumes may be older than that of claims: a loss is told of only when the server has no such volume either. */
async function confirmLoss(scene: ClaimScene, reach: Reach): Promise<ClaimScene> {
  const { claim, named } = scene;
  if (named !== undefined || isWaiting(claim) || !isBound(claim)) return scene;
  return { ...scene, named: await present(volumes, { name: claim.spec?.volumeName ?? '' }, reach) };
}

/** One look at a claim. Until it is bound it is looked at again and again: a volume may come, and users are told what it waits for. */
export function reconcileClaim(scene: ClaimScene, syncPeriodMs: number): Plan {
  const bound = isBound(scene.claim);
  return {
    actions: save(claims, scene.claim, migratedClaim(scene.claim), (claim) => (bound ? keepBound(claim, scene.named) : bindNew({ ...scene, claim }))),
    againAfterMs: bound ? undefined : syncPeriodMs,
  };
}

/** A claim that was bound once is completed, or found to have lost its volume; it never gets another one. */
function keepBound(claim: Claim, volume: Volume | undefined): Action[] {
  if (isWaiting(claim)) return lose(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  if (volume === undefined) return lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  const holder = volume.spec?.claimRef;
  if (holder === undefined || holder.uid === claim.metadata.uid) return bind(volume, claim);
  return lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

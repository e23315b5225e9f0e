import { storageV1Resources, type coreV1, type storageV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { claims, volumes } from '../save.ts';
import { addFinalizer, lacks, removeFinalizer, waitsFor } from './finalizer.ts';

type Class = Readonly<storageV1.VolumeAttributesClass>;

const FINALIZER = 'kubernetes.io/vac-protection';
const classes = storageV1Resources.volumeattributesclasses;

export interface ClassUse { attributesClass: Class; used: boolean }

/** Keeps VolumeAttributesClasses while claims or volumes have them, or are to get them. */
export const attributesClassProtection: Controller = controller<ClassUse>({
  name: 'vacprotection',
  component: 'volumeattributesclass-protection-controller',
  watches: [
    watch({ resource: classes, keys: ownKey }),
    watch({ resource: claims, indexes: { attributesClass: classesOfClaim }, keys: ({ object, previous }) => leftBehind(object && classesOfClaim(object), previous && classesOfClaim(previous)) }),
    watch({ resource: volumes, indexes: { attributesClass: classesOfVolume }, keys: ({ object, previous }) => leftBehind(object && classesOfVolume(object), previous && classesOfVolume(previous)) }),
  ],
  read(key, listers) {
    const attributesClass = listers.of(classes).get(key);
    if (attributesClass === undefined) return undefined;
    return { attributesClass, used: listers.of(volumes).byIndex('attributesClass', key).length > 0 || listers.of(claims).byIndex('attributesClass', key).length > 0 };
  },
  reconcile,
});

export function reconcile({ attributesClass, used }: ClassUse): Plan {
  if (waitsFor(attributesClass, FINALIZER)) return used ? nothingToDo : { actions: [removeFinalizer(classes, attributesClass, FINALIZER)] };
  return lacks(attributesClass, FINALIZER) ? { actions: [addFinalizer(classes, attributesClass, FINALIZER)] } : nothingToDo;
}

/** A class is looked at when somebody no longer has it. */
function leftBehind(now: readonly string[] = [], before: readonly string[] = []): string[] {
  return before.filter((name) => !now.includes(name));
}

/** What a claim asks for, what it has, and what it is on the way to. */
export function classesOfClaim({ spec, status }: Readonly<coreV1.PersistentVolumeClaim>): string[] {
  const names = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[]; // filtered
}

function classesOfVolume({ spec }: Readonly<coreV1.PersistentVolume>): string[] {
  return spec?.volumeAttributesClassName === undefined || spec.volumeAttributesClassName === '' ? [] : [spec.volumeAttributesClassName];
}

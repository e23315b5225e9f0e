import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

interface VolumeSpec { claimRef?: { uid?: string; namespace?: string; name?: string }; storageClassName?: string; persistentVolumeReclaimPolicy?: string }

/**
 * A claim that says it is bound has a volume that is tied to it and to no other, until somebody deletes the volume; a claim whose volume was never deleted has not lost it.
 * At rest volumes say who has them, and no claim waits that could have one.
 */
export function boundClaims(): Invariant {
  const doomed = new Set<string>(); // names of volumes that somebody has asked to go, as long as a claim names them
  return {
    name: 'claims and volumes belong to each other',
    observe({ resource, object, previous }: Version, history: History) {
      if (resource === 'persistentvolumes') return volumeChanged(object, previous, history);
      if (resource !== 'persistentvolumeclaims' || object === undefined) return undefined;
      const volumeName = volumeOf(object);
      if (phaseOf(object) === 'Lost' && phaseOf(previous) !== 'Lost' && !doomed.has(volumeName)) return `${shown(object)} says that it has lost ${volumeName}, which nobody deleted`;
      return phaseOf(object) === 'Bound' && (phaseOf(previous) !== 'Bound' || volumeOf(previous) !== volumeName) ? untied(object, history) : undefined;
    },
    *atRest(history: History) {
      for (const volume of history.all('persistentvolumes')) {
        const { claimRef: { uid } = {}, persistentVolumeReclaimPolicy } = volume.spec as VolumeSpec; // a PersistentVolume
        const claim = [...history.all('persistentvolumeclaims')].find(({ metadata }) => metadata.uid === uid);
        const wanted = uid === undefined ? 'Available' : claim === undefined ? 'Released' : 'Bound';
        if (phaseOf(volume) !== wanted) yield `${volume.metadata.name} is ${phaseOf(volume)}, and should be ${wanted}`;
        if (wanted === 'Released' && persistentVolumeReclaimPolicy === 'Delete') yield `${volume.metadata.name} was to be deleted with its claim`;
      }
      for (const claim of history.all('persistentvolumeclaims')) {
        if (phaseOf(claim) === 'Bound') { const wrong = untied(claim, history); if (wrong !== undefined) yield wrong; }
        const free = [...history.all('persistentvolumes')].find((volume) => phaseOf(volume) === 'Available' && volume.spec?.['storageClassName'] === claim.spec?.['storageClassName']);
        if (phaseOf(claim) === 'Pending' && claim.metadata.deletionTimestamp === undefined && free !== undefined) yield `${shown(claim)} waits, where ${free.metadata.name} is free`;
      }
    },
  };

  function volumeChanged(object: Stored | undefined, previous: Stored | undefined, history: History): string | undefined {
    const { name } = (object ?? previous as Stored).metadata; // one of them is there
    const isNamed = (): boolean => [...history.all('persistentvolumeclaims')].some((claim) => volumeOf(claim) === name);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) doomed.add(name); else if (previous === undefined && !isNamed()) doomed.delete(name);
    if (previous === undefined || (object?.spec as VolumeSpec | undefined)?.claimRef?.uid === (previous.spec as VolumeSpec).claimRef?.uid) return undefined;
    const holder = [...history.all('persistentvolumeclaims')].find((claim) => phaseOf(claim) === 'Bound' && volumeOf(claim) === name);
    return holder === undefined ? undefined : untied(holder, history);
  }

  function untied(claim: Stored, history: History): string | undefined {
    const volumeName = volumeOf(claim);
    const tiedTo = (history.get('persistentvolumes', `/registry/persistentvolumes/${volumeName}`)?.spec as VolumeSpec | undefined)?.claimRef?.uid;
    return tiedTo === claim.metadata.uid || doomed.has(volumeName) ? undefined : `${shown(claim)} is bound to ${volumeName}, which is ${tiedTo === undefined ? "nobody's" : "another claim's"}`;
  }
}

function phaseOf(object: Stored | undefined): string { return String(object?.status?.['phase'] ?? 'Pending'); }

function volumeOf(claim: Stored | undefined): string { return String(claim?.spec?.['volumeName'] ?? ''); }

function shown({ metadata: { namespace = '', name } }: Stored): string { return `${namespace}/${name}`; }

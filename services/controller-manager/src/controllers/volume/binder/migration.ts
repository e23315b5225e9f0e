import type { coreV1 } from '@kubernode/api';
import { csiDriverOf, volumeAnnotations } from '@kubernode/volume-matching';
import { withAnnotations, without } from '../save.ts';
import { isOutside } from './built-in-plugins.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

const { migratedTo, storageProvisioner, betaStorageProvisioner, dynamicallyProvisioned } = volumeAnnotations;

/** Keeps a volume's objects in the control plane until the built-in plugin has deleted what it stores. */
export const IN_TREE_FINALIZER = 'kubernetes.io/pv-controller';
const OUTSIDE_FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';

/** The claim with the driver named that has replaced its built-in provisioner. */
export function migratedClaim(claim: Claim): Claim {
  const { annotations = {} } = claim.metadata;
  const next = migratedAnnotations(annotations, annotations[storageProvisioner] ?? annotations[betaStorageProvisioner]);
  return next === annotations ? claim : withAnnotations(claim, next);
}

/** Annotations that agree with who the provisioner is now; the same object when they do. */
export function migratedAnnotations(annotations: Readonly<Record<string, string>>, provisioner: string | undefined): Readonly<Record<string, string>> {
  if (provisioner === undefined) return annotations;
  const driver = csiDriverOf(provisioner);
  if (annotations[migratedTo] === driver) return annotations;
  return driver === undefined ? without(annotations, migratedTo) : { ...annotations, [migratedTo]: driver };
}

/** The volume with the driver named that has replaced the plugin which made it, and with the finalizers of whoever is to delete it. */
export function migratedVolume(volume: Volume): Volume {
  const { annotations = {}, finalizers = [] } = volume.metadata;
  const provisioner = annotations[dynamicallyProvisioned];
  const next = migratedAnnotations(annotations, provisioner);
  const kept = finalizersFor(finalizers, provisioner, volume.spec?.persistentVolumeReclaimPolicy);
  if (next === annotations && kept === finalizers) return volume;
  const { finalizers: _before, ...metadata } = volume.metadata;
  return { ...volume, metadata: { ...metadata, annotations: next, ...(kept.length > 0 && { finalizers: [...kept] }) } };
}

function finalizersFor(finalizers: readonly string[], provisioner: string | undefined, reclaimPolicy: string | undefined): readonly string[] {
  if (provisioner === undefined) return finalizers;
  const migrated = csiDriverOf(provisioner) !== undefined;
  if (!migrated && isOutside(provisioner)) return finalizers;
  const keeps = !migrated && reclaimPolicy === 'Delete';
  const wanted = finalizers.filter((one) => (one !== IN_TREE_FINALIZER || keeps) && (one !== OUTSIDE_FINALIZER || migrated));
  if (keeps && !wanted.includes(IN_TREE_FINALIZER)) wanted.push(IN_TREE_FINALIZER);
  return wanted.length === finalizers.length && wanted.every((one, at) => one === finalizers[at]) ? finalizers : wanted;
}

/**
 * Which persistent volume serves which claim, on which node. The binder (controllers) and the scheduler decide by the same functions, so
 * that neither takes a volume which the other would refuse. Pure; objects are never changed. Non-goals: writing bindings, provisioning.
 */
export { bindVolume, isVolumeBoundToClaim } from './bind-volume.ts';
export { claimClass, claimHasClass, defaultStorageClass, isBindingDelayed, isDefaultClass, isNodeSelected, volumeClass, type ClassOf } from './claim-class.ts';
export { csiDriverOf, inTreePluginOf } from './csi-migration.ts';
export { findMatchingVolume, offersAccessModes, storageOf, volumeModesDiffer, type VolumeWanted } from './matching-volume.ts';
export { claimNamesOf, ephemeralClaimName, isClaimOfPod } from './pod-claims.ts';
export { reachesNode } from './volume-affinity.ts';
export { NO_PROVISIONER, volumeAnnotations } from './volume-annotations.ts';

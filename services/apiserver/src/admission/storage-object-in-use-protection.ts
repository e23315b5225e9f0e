import type { AdmissionPlugin } from './admission.ts';

const FINALIZERS: ReadonlyMap<string, string> = new Map([
  ['/persistentvolumes', 'kubernetes.io/pv-protection'],
  ['/persistentvolumeclaims', 'kubernetes.io/pvc-protection'],
  ['storage.k8s.io/volumeattributesclasses', 'kubernetes.io/vac-protection'],
]);

/** Volumes, claims and their classes stay while something uses them: a controller takes the finalizer away that they begin with. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ operation, group, resource, subresource, object }) {
    const finalizer = FINALIZERS.get(`${group}/${resource}`);
    if (operation !== 'CREATE' || subresource !== '' || finalizer === undefined || object === undefined) return;
    const { metadata } = object;
    if (metadata.finalizers?.includes(finalizer) !== true) metadata.finalizers = [...metadata.finalizers ?? [], finalizer];
  },
};

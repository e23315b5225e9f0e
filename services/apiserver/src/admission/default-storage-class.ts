import type { coreV1 } from '@kubernode/api';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { defaultClass } from './default-class.ts';

const IS_DEFAULT = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Claims that name no storage class get the default one. */
export function defaultStorageClass({ sources }: AdmissionDependencies): AdmissionPlugin {
  const classes = sources({ group: 'storage.k8s.io', resource: 'storageclasses' });
  return {
    name: 'DefaultStorageClass',
    admit({ operation, group, resource, subresource, object }) {
      if (operation !== 'CREATE' || group !== '' || resource !== 'persistentvolumeclaims' || subresource !== '' || object === undefined) return;
      const { spec } = object as Partial<coreV1.PersistentVolumeClaim>; // by the check
      if (spec === undefined || spec.storageClassName !== undefined || object.metadata.annotations?.[BETA_CLASS] !== undefined) return;
      const chosen = defaultClass(classes.list(), IS_DEFAULT);
      if (chosen !== undefined) spec.storageClassName = chosen.metadata.name;
    },
  };
}

import type { coreV1, storageV1 } from '@kubernode/api';
import { compareQuantities, forbidden, parseQuantity, type KubeObject } from '@kubernode/apimachinery';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';

type Claim = coreV1.PersistentVolumeClaim & KubeObject;
const CLAIMS = { group: '', resource: 'persistentvolumeclaims' };
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Claims grow only once they are bound, and only where their class lets them. */
export function persistentVolumeClaimResize({ sources }: AdmissionDependencies): AdmissionPlugin {
  const classes = sources<storageV1.StorageClass & KubeObject>({ group: 'storage.k8s.io', resource: 'storageclasses' });
  return {
    name: 'PersistentVolumeClaimResize',
    validate({ operation, group, resource, subresource, object, oldObject, name }) {
      if (operation !== 'UPDATE' || group !== '' || resource !== CLAIMS.resource || subresource !== '') return;
      const [claim, old] = [object as Claim, oldObject as Claim]; // by the check
      if (compareQuantities(sizeOf(claim), sizeOf(old)) <= 0) return;
      if (old.status?.phase !== 'Bound') throw forbidden(CLAIMS, name, 'Only bound persistent volume claims can be expanded');
      const className = classOf(claim);
      if (className !== '' && className === classOf(old) && classes.get('', className)?.allowVolumeExpansion === true) return;
      throw forbidden(CLAIMS, name, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    },
  };
}

function sizeOf({ spec }: Readonly<Claim>): ReturnType<typeof parseQuantity> {
  return parseQuantity(spec?.resources?.requests?.['storage'] ?? '0');
}

function classOf({ metadata, spec }: Readonly<Claim>): string {
  return metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? '';
}

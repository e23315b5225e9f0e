import type { coreV1, storageV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { claimClass, csiDriverOf, volumeAnnotations, type ClassOf } from '@kubernode/volume-matching';
import { claims, save, withAnnotations, type Then } from '../save.ts';
import { isOutside, provisionerFault } from './built-in-plugins.ts';
import { migratedAnnotations } from './migration.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Class = Readonly<storageV1.StorageClass>;

const { storageProvisioner, betaStorageProvisioner } = volumeAnnotations;

/** Asks the provisioner of the claim's class for a volume, or says why there will be none. */
export function provision(claim: Claim, classOf: ClassOf): Action[] {
  const name = claimClass(claim);
  const storageClass = classOf(name);
  if (storageClass === undefined) return [failed(claim, `storageclass.storage.k8s.io "${name}" not found`)];
  const { provisioner } = storageClass;
  const driver = csiDriverOf(provisioner) ?? (isOutside(provisioner) ? provisioner : undefined);
  if (driver !== undefined) return askOutside(claim, driver);
  const fault = provisionerFault(provisioner);
  return fault === undefined ? refuseHostPath(claim, storageClass) : [failed(claim, fault)];
}

function askOutside(claim: Claim, driver: string): Action[] {
  const asked = nameProvisioner(claim, driver, (stored) => [{
    do: 'event', about: stored, type: 'Normal', reason: 'ExternalProvisioning',
    message: `Waiting for a volume to be created either by the external provisioner '${driver}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  }]);
  return asked.map((action) => (action.do === 'update' ? { ...action, otherwise: ({ message }) => ({ actions: [failed(claim, `Error saving claim: ${message}`)] }) } : action));
}

/** The annotation tells the provisioner to begin; the older name is kept for older ones. */
function nameProvisioner(claim: Claim, provisioner: string, then: Then<coreV1.PersistentVolumeClaim>): Action[] {
  const { annotations } = claim.metadata;
  if (annotations?.[storageProvisioner] === provisioner) return then(claim);
  return save(claims, claim, withAnnotations(claim, migratedAnnotations({ ...annotations, [betaStorageProvisioner]: provisioner, [storageProvisioner]: provisioner }, provisioner)), then);
}

/** The built-in hostPath provisioner is for tests on one machine and off, as it is in Kubernetes unless a flag says otherwise. */
function refuseHostPath(claim: Claim, { metadata: { name }, provisioner, mountOptions = [] }: Class): Action[] {
  if (claim.spec?.dataSource !== undefined) return [failed(claim, `plugin "${provisioner}" is not a CSI plugin. Only CSI plugin can provision a claim with a datasource`)];
  return nameProvisioner(claim, provisioner, (stored) => [failed(stored, mountOptions.length > 0
    ? `Mount options are not supported by the provisioner but StorageClass "${name}" has mount options [${mountOptions.join(' ')}]`
    : `Failed to create provisioner: provisioning in volume plugin "${provisioner}" is disabled`)]);
}

function failed(claim: Claim, message: string): Action {
  return { do: 'event', about: claim, type: 'Warning', reason: 'ProvisioningFailed', message };
}

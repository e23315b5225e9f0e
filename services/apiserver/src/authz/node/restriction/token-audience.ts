import type { authenticationV1, coreV1, storageV1 } from '@kubernode/api';
import { StatusError } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../../../admission/admission.ts';
import type { Authorizer } from '../../../pipeline/api-request.ts';
import { nodeOf } from './mirror-pod.ts';

/** Objects that a pod's volumes lead to; each throws a StatusError when it is missing. */
export interface TokenLookups {
  pod(namespace: string, name: string): Readonly<coreV1.Pod>;
  claim(namespace: string, name: string): Readonly<coreV1.PersistentVolumeClaim>;
  volume(name: string): Readonly<coreV1.PersistentVolume>;
  driver(name: string): Readonly<storageV1.CSIDriver>;
  authorizer: Authorizer;
}

/** Why a node may not have a token: it gets those of its own pods alone, for audiences that a volume of the pod or its driver names. */
export async function tokenFault(node: string, attributes: AdmissionAttributes, lookups: TokenLookups): Promise<string | undefined> {
  const { boundObjectRef: ref, audiences: given } = ((attributes.object as Partial<authenticationV1.TokenRequest> | undefined)?.spec ?? {}); // the endpoint reads it as one
  if (!ref || ref.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) return 'node requested token not bound to a pod';
  if (!ref.uid) return 'node requested token with a pod binding without a uid';
  const pod = lookups.pod(attributes.namespace, ref.name);
  if (ref.uid !== pod.metadata.uid) return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  if (nodeOf(pod) !== node) return 'node requested token bound to a pod scheduled on a different node';
  const audiences: readonly string[] = given as string[] | null | undefined ?? []; // an empty list is read as null
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences';
  return audienceFault(audiences[0] ?? '', pod, attributes, lookups);
}

async function audienceFault(audience: string, pod: Readonly<coreV1.Pod>, { user, namespace, name }: AdmissionAttributes, lookups: TokenLookups): Promise<string | undefined> {
  const errors: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.projected?.sources?.some(({ serviceAccountToken: token }) => token !== undefined && (token.audience ?? '') === audience) === true) return undefined;
    try {
      const driver = driverOf(volume, pod, lookups);
      if (driver !== '' && lookups.driver(driver).spec?.tokenRequests?.some((request) => request.audience === audience) === true) return undefined;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      errors.push(error.message);
    }
  }
  const distinct = [...new Set(errors)];
  if (distinct.length > 0) return `error validating audience ${JSON.stringify(audience)}: ${distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`}`;
  const asked = { user, verb: 'request-serviceaccounts-token-audience', group: '', version: 'v1', resource: audience, subresource: '', namespace, name, path: '', isResourceRequest: true };
  const { verdict, error } = await lookups.authorizer.authorize(asked);
  if (verdict === 'allow') return undefined;
  const start = `audience ${JSON.stringify(audience)} not found in pod spec volume, `;
  return start + (error === undefined ? `${user.name} is not authorized to request tokens for this audience` : `error authorizing ${user.name} to request tokens for this audience: ${error}`);
}

/** The CSI driver that mounts a volume; '' for volumes that need none. */
function driverOf(volume: Readonly<coreV1.Volume>, pod: Readonly<coreV1.Pod>, lookups: TokenLookups): string {
  if (volume.ephemeral?.volumeClaimTemplate !== undefined) return driverOfClaim(`${pod.metadata.name}-${volume.name}`, pod, lookups);
  if (volume.persistentVolumeClaim !== undefined) return driverOfClaim(volume.persistentVolumeClaim.claimName, pod, lookups);
  return volume.csi?.driver ?? migratedDriver(volume);
}

function driverOfClaim(name: string, pod: Readonly<coreV1.Pod>, { claim, volume }: TokenLookups): string {
  const { spec } = volume(claim(pod.metadata.namespace ?? '', name).spec?.volumeName ?? '');
  return spec?.csi?.driver ?? migratedDriver(spec ?? {});
}

/** Volumes of the old plugins are mounted by the drivers that took their place. */
const MIGRATED: Readonly<Record<string, string>> = {
  awsElasticBlockStore: 'ebs.csi.aws.com', azureDisk: 'disk.csi.azure.com', azureFile: 'file.csi.azure.com', cinder: 'cinder.csi.openstack.org',
  gcePersistentDisk: 'pd.csi.storage.gke.io', portworxVolume: 'pxd.portworx.com', vsphereVolume: 'csi.vsphere.vmware.com',
};

function migratedDriver(source: object): string {
  const field = Object.keys(MIGRATED).find((key) => (source as Readonly<Partial<Record<string, unknown>>>)[key] !== undefined); // read only
  return field === undefined ? '' : MIGRATED[field] ?? '';
}

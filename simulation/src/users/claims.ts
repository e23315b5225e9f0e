import { coreV1Resources, storageV1Resources, type ResourceRef } from '@kubernode/api';
import type { ObjectMeta } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { between, oneOf } from '../chance.ts';
import type { UserAction } from './user-action.ts';

interface Named { metadata: ObjectMeta }

const claims = coreV1Resources.persistentvolumeclaims as unknown as ResourceRef<Named>; // what is needed of each
const volumes = coreV1Resources.persistentvolumes as unknown as ResourceRef<Named & { status?: { phase?: string } }>; // as above

/** Volumes of the one class are made where pods run, those of the other by hand. */
export const MADE = 'made';
export const BY_HAND = 'by-hand';

/** Classes are there from the beginning. Volumes that are made are kept after their claims: only real nodes can delete what is in them. */
export const classes: readonly ((client: Client, signal: AbortSignal) => Promise<unknown>)[] = [
  { metadata: { name: MADE }, provisioner: 'kubernode.io/local-path', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Retain' },
  { metadata: { name: BY_HAND }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'Immediate' },
].map((one) => (client, signal) => client.create(storageV1Resources.storageclasses, one, { signal }));

const claimSpec = (storageClassName: string): object => ({ accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } });

/** What makes some StatefulSets keep something. */
export function claimTemplates(rng: Rng): object {
  if (rng.next() < 0.5) return {};
  const retention = (): string => oneOf(rng, ['Retain', 'Delete']);
  return { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec(MADE) }], persistentVolumeClaimRetentionPolicy: { whenScaled: retention(), whenDeleted: retention() } };
}

export const createClaim: UserAction = ({ client, rng, namespace, signal }) => client.create(claims, { metadata: { name: `claim-${between(rng, 0, 3)}`, namespace }, spec: claimSpec(BY_HAND) }, { signal });

export const createVolume: UserAction = ({ client, rng, signal }) => {
  const name = `volume-${between(rng, 0, 5)}`;
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: BY_HAND, persistentVolumeReclaimPolicy: oneOf(rng, ['Retain', 'Delete']), hostPath: { path: `/tmp/${name}` } };
  return client.create(volumes, { metadata: { name }, spec }, { signal });
};

/** Any: also one that is in use, which then goes when it no longer is. */
export const deleteClaim: UserAction = async ({ client, rng, namespace, signal }) => {
  const { items } = await client.list(claims, { namespace, signal });
  if (items.length > 0) await client.delete(claims, { namespace, name: oneOf(rng, items).metadata.name }, { signal });
};

/** Clears away volumes that have had their time, and sometimes one that has not. */
export const deleteVolumes: UserAction = async ({ client, rng, signal }) => {
  const { items } = await client.list(volumes, { signal });
  const chosen = rng.next() < 0.7 ? items.filter(({ status }) => status?.phase === 'Released') : items.length > 0 ? [oneOf(rng, items)] : [];
  for (const { metadata: { name } } of chosen) await client.delete(volumes, { name }, { signal });
};

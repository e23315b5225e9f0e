import { formatTime, isConflict } from '@kubernode/apimachinery';
import { resourceV1Resources, type coreV1, type resourceV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { PluginHandle } from '../../framework/plugin.ts';

type Claim = Readonly<resourceV1.ResourceClaim>;
type Pod = Readonly<coreV1.Pod>;

/** Keeps a claim from vanishing while devices are set up for it. */
const FINALIZER = 'resource.kubernetes.io/delete-protection';
const TRIES_MAX = 5;

/** Writes allocation and reservation into the claim; after conflicts with what is there then. Throws in Kubernetes' words. */
export async function bindClaim(claim: Claim, pod: Pod, allocation: resourceV1.AllocationResult | undefined, { client, clock }: Pick<PluginHandle, 'client' | 'clock'>, signal: AbortSignal): Promise<Claim> {
  const { name, namespace = '' } = claim.metadata;
  let current = claim;
  for (let tries = 1; ; tries++) {
    try { return await write(current, pod, allocation, { client, clock }, signal); } catch (error) {
      if (!isConflict(error) || tries === TRIES_MAX) throw new Error(`${allocation === undefined ? 'add reservation' : 'add allocation and reservation'} to claim ${namespace}/${name}: ${errorMessage(error)}`, { cause: error });
      current = await client.get(resourceV1Resources.resourceclaims, { name, namespace }, { signal });
    }
  }
}

async function write(claim: Claim, pod: Pod, allocation: resourceV1.AllocationResult | undefined, { client, clock }: Pick<PluginHandle, 'client' | 'clock'>, signal: AbortSignal): Promise<Claim> {
  const { name, namespace = '', deletionTimestamp, finalizers = [] } = claim.metadata;
  if (deletionTimestamp !== undefined) throw new Error(`claim ${namespace}/${name} got deleted in the meantime`);
  if (allocation !== undefined && claim.status?.allocation !== undefined) throw new Error(`claim ${namespace}/${name} got allocated elsewhere in the meantime`);
  let current = claim;
  if (allocation !== undefined && !finalizers.includes(FINALIZER)) {
    current = await client.update(resourceV1Resources.resourceclaims, { ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, FINALIZER] } }, { signal });
  }
  const chosen = allocation ?? current.status?.allocation;
  if (chosen === undefined) throw new Error(`claim ${namespace}/${name} got deallocated elsewhere in the meantime`);
  const reservedFor = [...current.status?.reservedFor ?? [], { resource: 'pods', name: pod.metadata.name, uid: pod.metadata.uid ?? '' }];
  const status = { ...current.status, reservedFor, allocation: { ...chosen, allocationTimestamp: chosen.allocationTimestamp ?? formatTime(clock.now()) } };
  return client.update(resourceV1Resources.resourceclaims, { ...current, status }, { signal, subresource: 'status' });
}

/** Gives up the pod's place in a claim. */
export async function dropReservation({ metadata: { name, namespace, uid } }: Claim, pod: Pod, { client }: Pick<PluginHandle, 'client'>, signal: AbortSignal): Promise<void> {
  await client.patch(resourceV1Resources.resourceclaims, { name, namespace, subresource: 'status' }, { type: 'strategic', body: { metadata: { uid }, status: { reservedFor: [{ $patch: 'delete', uid: pod.metadata.uid }] } } }, { signal });
}

/** Frees the devices of a claim that nobody uses. */
export async function deallocate(claim: Claim, { client }: Pick<PluginHandle, 'client'>, signal: AbortSignal): Promise<void> {
  const { allocation: _allocation, reservedFor: _reservedFor, devices: _devices, ...status } = claim.status ?? {};
  await client.update(resourceV1Resources.resourceclaims, { ...claim, status }, { signal, subresource: 'status' });
}

/** Whether devices that have to be made ready are; throws when one cannot be. */
export function areDevicesReady({ metadata, status }: Claim): boolean {
  return (status?.allocation?.devices?.results ?? []).every(({ driver, pool, device, shareID, bindingConditions = [], bindingFailureConditions = [] }) => {
    if (bindingConditions.length === 0) return true;
    const conditions = status?.devices?.find((one) => one.driver === driver && one.pool === pool && one.device === device && one.shareID === shareID)?.conditions ?? [];
    const isTrue = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
    if (bindingFailureConditions.some(isTrue)) throw new Error(`claim ${metadata.name} binding failed`);
    return bindingConditions.every(isTrue);
  });
}

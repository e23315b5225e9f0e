import type { coreV1 } from '@kubernode/api';

type Subset = Readonly<coreV1.EndpointSubset>;

/** More addresses would make the object too large; what is left out is in slices only. */
export const ADDRESSES_MAX = 1000;

export function addressCount(subsets: readonly Subset[]): number {
  return subsets.reduce((sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length, 0);
}

/** Leaves out what is too much: addresses that are not ready first, and of each subset a share by its size. The same subsets where all fit. */
export function truncatedSubsets(subsets: readonly Subset[]): readonly Subset[] {
  const total = addressCount(subsets);
  if (total <= ADDRESSES_MAX) return subsets;
  const ready = subsets.reduce((sum, { addresses = [] }) => sum + addresses.length, 0);
  const shortOfReady = ready > ADDRESSES_MAX;
  const room = shortOfReady ? ADDRESSES_MAX : ADDRESSES_MAX - ready;
  const shared = shortOfReady ? ready : total - ready;
  let left = room;
  return subsets.map(({ addresses = [], notReadyAddresses = [], ports }) => {
    const list = shortOfReady ? addresses : notReadyAddresses;
    const kept = list.slice(0, Math.min(Math.ceil((list.length / shared) * room), left));
    left -= kept.length;
    return without({ addresses: shortOfReady ? kept : addresses, notReadyAddresses: shortOfReady ? [] : kept, ports });
  });
}

/** Empty lists are not written. */
function without({ addresses, notReadyAddresses, ports }: { addresses: coreV1.EndpointAddress[]; notReadyAddresses: coreV1.EndpointAddress[]; ports: coreV1.EndpointPort[] | undefined }): Subset {
  return { ...(addresses.length > 0 && { addresses }), ...(notReadyAddresses.length > 0 && { notReadyAddresses }), ...(ports !== undefined && { ports }) };
}

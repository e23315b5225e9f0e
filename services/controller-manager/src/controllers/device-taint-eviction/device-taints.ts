import { timeToMs } from '@kubernode/apimachinery';
import type { resourceV1 } from '@kubernode/api';
import { claimState, isOwnedBy, type Claim, type Pod } from '../resource-claims/pod-claims.ts';

type Slice = Readonly<resourceV1.ResourceSlice>;
type Allocated = Readonly<resourceV1.DeviceRequestAllocationResult>;
type Taint = Readonly<resourceV1.DeviceTaint>;

const NO_EXECUTE = 'NoExecute';

/** Names a pool of devices. */
export function poolKey({ driver, pool }: { driver: string; pool: string }): string { return `${driver}/${pool}`; }

/** When a pod has to go for the taints of devices that it uses, ms since the epoch; undefined when it may stay. */
export function podEvictionMs(pod: Pod, claimOf: (name: string) => Claim | undefined, slicesOf: (pool: string) => readonly Slice[]): number | undefined {
  if ((pod.spec?.nodeName ?? '') === '') return undefined;
  const times = (pod.spec?.resourceClaims ?? []).flatMap((podClaim) => {
    const known = claimState(pod, podClaim);
    const claim = known.state === 'named' ? claimOf(known.name) : undefined;
    const isUsed = claim?.status?.reservedFor?.some(({ uid }) => uid === pod.metadata.uid) === true;
    if (claim === undefined || !isUsed || (known.state === 'named' && known.generated && !isOwnedBy(claim, pod))) return [];
    return claimEvictionMs(claim, slicesOf) ?? [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The earliest time at which a taint of an allocated device is tolerated no more. */
function claimEvictionMs({ status }: Claim, slicesOf: (pool: string) => readonly Slice[]): number | undefined {
  const times = (status?.allocation?.devices?.results ?? []).flatMap((allocated) => (
    taintsOf(allocated, slicesOf(poolKey(allocated))).flatMap((taint) => toleratedUntilMs(taint, allocated) ?? [])));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Only the newest generation of a pool counts. */
function taintsOf({ device }: Allocated, slices: readonly Slice[]): readonly Taint[] {
  const newest = Math.max(...slices.map(({ spec }) => spec.pool.generation));
  const current = slices.filter(({ spec }) => spec.pool.generation === newest).flatMap(({ spec }) => spec.devices ?? []);
  return (current.find(({ name }) => name === device)?.taints ?? []).filter(({ effect }) => effect === NO_EXECUTE);
}

/** From when it was added: at once, after the shortest of the matching tolerations, or never (undefined). */
function toleratedUntilMs(taint: Taint, { tolerations = [] }: Allocated): number | undefined {
  const addedMs = timeToMs(taint.timeAdded);
  const matching = tolerations.filter((one) => one.effect === NO_EXECUTE && tolerates(one, taint));
  if (addedMs === undefined || matching.some(({ tolerationSeconds }) => tolerationSeconds === undefined)) return undefined;
  return matching.length === 0 ? addedMs : addedMs + Math.min(...matching.map(({ tolerationSeconds = 0 }) => Math.max(0, tolerationSeconds))) * 1000;
}

function tolerates({ key = '', operator = 'Equal', value = '' }: Readonly<resourceV1.DeviceToleration>, taint: Taint): boolean {
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? ''));
}

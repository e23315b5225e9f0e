import type { coreV1, resourceV1 } from '@kubernode/api';

type Pod = Readonly<coreV1.Pod>;
type Claim = Readonly<resourceV1.ResourceClaim>;

/** The resource claims of a pod; or a text that says why it has to wait. */
export function resourceClaimsOf(pod: Pod, claimOf: (key: string) => Claim | undefined): readonly Claim[] | string {
  const { namespace = '', name: podName, uid } = pod.metadata;
  const claims: Claim[] = [];
  for (const { name, resourceClaimName, resourceClaimTemplateName } of pod.spec?.resourceClaims ?? []) {
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) return `pod "${namespace}/${podName}", spec.resourceClaim "${name}": none of the supported fields are set`;
    const status = pod.status?.resourceClaimStatuses?.find((one) => one.name === name);
    if (resourceClaimName === undefined && status === undefined) return `pod "${namespace}/${podName}": ResourceClaim not created yet`;
    const claimName = resourceClaimName ?? status?.resourceClaimName;
    if (claimName === undefined) continue; // the controller found that none is needed
    const claim = claimOf(`${namespace}/${claimName}`);
    if (claim === undefined) return `resourceclaim.resource.k8s.io "${claimName}" not found`;
    if (claim.metadata.deletionTimestamp !== undefined) return `resourceclaim "${claimName}" is being deleted`;
    const isOurs = claim.metadata.ownerReferences?.some((one) => one.controller === true && one.uid === uid) === true;
    if (resourceClaimName === undefined && !isOurs) return `ResourceClaim ${namespace}/${claimName} was not created for Pod ${namespace}/${podName} (Pod is not owner)`;
    claims.push(claim);
  }
  return claims;
}

export function isReservedFor({ status }: Claim, { metadata }: Pod): boolean { return status?.reservedFor?.some(({ uid }) => uid === metadata.uid) === true; }

/** As many pods may share a claim. */
const CONSUMERS_MAX = 256;

export function canBeReserved({ status }: Claim): boolean { return (status?.reservedFor?.length ?? 0) < CONSUMERS_MAX; }

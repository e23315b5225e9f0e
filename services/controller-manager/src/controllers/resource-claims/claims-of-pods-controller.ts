import { coreV1Resources, resourceV1Resources, type resourceV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { claimNames, claimState, isDone, isOwnedBy, ownerPod, POD_CLAIM_NAME, PODS_BY_CLAIM, podsByClaim, type Claim, type Pod, type PodClaim } from './pod-claims.ts';

type Template = Readonly<resourceV1.ResourceClaimTemplate>;

export interface PodClaimsSnapshot {
  pod: Pod;
  /** Those that the pod uses by name, as far as they exist. */
  claims: ReadonlyMap<string, Claim>;
  /** Those that were made for it. */
  own: readonly Claim[];
  templates: ReadonlyMap<string, Template>;
}

const { pods } = coreV1Resources;
const { resourceclaims, resourceclaimtemplates } = resourceV1Resources;
const BY_TEMPLATE = 'resourceClaimTemplate';
const BY_OWNER = 'ownerPod';
const FIELD_MANAGER = 'ResourceClaimController';
/** A generated name has a hyphen and five letters more. */
const BASE_NAME_MAX = 57;

/** Makes the claims that pods ask for by templates, and reserves allocated claims for pods that were put on a node without the scheduler. */
export const claimsOfPodsController: Controller = controller<PodClaimsSnapshot>({
  name: 'resource_claim',
  component: 'resource_claim',
  watches: [
    watch({
      resource: pods,
      indexes: { [PODS_BY_CLAIM]: podsByClaim, [BY_TEMPLATE]: (pod) => templateNames(pod).map((name) => `${pod.metadata.namespace ?? ''}/${name}`) },
      keys: (change) => (change.object?.spec?.resourceClaims === undefined ? [] : ownKey(change)),
    }),
    watch({ resource: resourceclaims, indexes: { [BY_OWNER]: (claim) => { const owner = ownerPod(claim); return owner === undefined ? [] : [owner.uid]; } }, keys: claimChanged }),
    watch({ resource: resourceclaimtemplates, keys: ({ key }, listers) => keysOf(listers, BY_TEMPLATE, key) }),
  ],
  read,
  reconcile,
});

function claimChanged({ key, object, previous }: { key: string; object?: Claim; previous?: Claim }, listers: Listers): string[] {
  const claim = object ?? previous;
  const owner = claim && ownerPod(claim);
  return [...keysOf(listers, PODS_BY_CLAIM, key), ...(owner === undefined ? [] : [`${claim?.metadata.namespace ?? ''}/${owner.name}`])];
}

function keysOf(listers: Listers, index: string, value: string): string[] {
  return listers.of(pods).byIndex(index, value).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

function read(key: string, listers: Listers): PodClaimsSnapshot | undefined {
  const pod = listers.of(pods).get(key);
  if (pod === undefined || (pod.spec?.resourceClaims ?? []).length === 0) return undefined;
  const namespace = pod.metadata.namespace ?? '';
  const find = <T>(names: readonly string[], get: (name: string) => T | undefined): Map<string, T> => new Map(names.flatMap((name): [string, T][] => { const found = get(`${namespace}/${name}`); return found === undefined ? [] : [[name, found]]; }));
  return {
    pod, claims: find(claimNames(pod), (one) => listers.of(resourceclaims).get(one)), own: listers.of(resourceclaims).byIndex(BY_OWNER, pod.metadata.uid ?? ''),
    templates: find(templateNames(pod), (one) => listers.of(resourceclaimtemplates).get(one)),
  };
}

/** First all claims are made; once they are seen, the pod is told their names; then those with an allocation are reserved. */
export function reconcile(snapshot: PodClaimsSnapshot): Plan {
  const { pod } = snapshot;
  if (pod.metadata.deletionTimestamp !== undefined || isDone(pod)) return nothingToDo;
  const missing = (pod.spec?.resourceClaims ?? []).filter((one) => one.resourceClaimTemplateName !== undefined && isMissing(one, snapshot));
  const creations: Action[] = [];
  for (const one of missing.filter(({ name }) => generatedFor(name, snapshot) === undefined)) {
    const template = snapshot.templates.get(one.resourceClaimTemplateName ?? '');
    if (template === undefined) return { actions: [...creations, failed(pod, one, `resource claim template "${one.resourceClaimTemplateName ?? ''}": resourceclaimtemplate.resource.k8s.io "${one.resourceClaimTemplateName ?? ''}" not found`)], tryAgain: true };
    creations.push(creation(pod, one, template));
  }
  if (creations.length > 0) return { actions: creations };
  return { actions: [...(missing.length > 0 ? [statusOf(snapshot)] : []), ...reservations(snapshot)] };
}

/** There is none by the name in the pod's status, or it is another pod's. */
function isMissing(podClaim: PodClaim, { pod, claims }: PodClaimsSnapshot): boolean {
  const known = claimState(pod, podClaim);
  if (known.state !== 'named') return known.state === 'to-be-generated';
  const claim = claims.get(known.name);
  return claim === undefined || !isOwnedBy(claim, pod);
}

function generatedFor(podClaimName: string, { own }: PodClaimsSnapshot): Claim | undefined {
  return own.find(({ metadata }) => metadata.annotations?.[POD_CLAIM_NAME] === podClaimName);
}

function creation(pod: Pod, podClaim: PodClaim, { spec: { metadata, spec } }: Template): Action {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const claim = {
    metadata: {
      generateName: generateName(name, podClaim.name), namespace, ...(metadata?.labels && { labels: metadata.labels }), annotations: { ...metadata?.annotations, [POD_CLAIM_NAME]: podClaim.name },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }],
    },
    spec,
  };
  return { do: 'create', resource: resourceclaims, object: claim, otherwise: (error) => ({ actions: [failed(pod, podClaim, `create ResourceClaim : ${error.message}`)] }) };
}

/** Both names, each shortened by its share. */
export function generateName(pod: string, podClaim: string): string {
  const whole = `${pod}-${podClaim}-`;
  if (whole.length <= BASE_NAME_MAX) return whole;
  const short = `${pod.slice(0, Math.floor((pod.length * BASE_NAME_MAX) / whole.length))}-`;
  return short + podClaim.slice(0, Math.floor((podClaim.length * BASE_NAME_MAX) / whole.length));
}

function failed(pod: Pod, { name }: PodClaim, why: string): Action {
  return { do: 'event', about: pod, type: 'Warning', reason: 'FailedResourceClaimCreation', message: `PodResourceClaim ${name}: ${why}` };
}

/** All of the generated claims: those that are left out of an applied list are taken away. */
function statusOf(snapshot: PodClaimsSnapshot): Action {
  const { pod } = snapshot;
  const { name, namespace } = pod.metadata;
  const resourceClaimStatuses = (pod.spec?.resourceClaims ?? []).flatMap((podClaim) => {
    const known = claimState(pod, podClaim);
    const generated = isMissing(podClaim, snapshot) ? generatedFor(podClaim.name, snapshot)?.metadata.name : known.state === 'named' && known.generated ? known.name : undefined;
    return podClaim.resourceClaimTemplateName === undefined || generated === undefined ? [] : [{ name: podClaim.name, resourceClaimName: generated }];
  });
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, status: { resourceClaimStatuses } };
  return { do: 'patch', resource: pods, target: { name, namespace, subresource: 'status' }, patch: { type: 'apply', body, fieldManager: FIELD_MANAGER, force: true } };
}

/** The scheduler reserves claims for pods it places; others are placed by hand. */
function reservations({ pod, claims }: PodClaimsSnapshot): Action[] {
  if ((pod.spec?.nodeName ?? '') === '') return [];
  const { name, uid = '' } = pod.metadata;
  return (pod.spec?.resourceClaims ?? []).flatMap((podClaim): Action[] => {
    const known = claimState(pod, podClaim);
    const claim = known.state === 'named' ? claims.get(known.name) : undefined;
    const usable = claim?.status?.allocation !== undefined && known.state === 'named' && (!known.generated || isOwnedBy(claim, pod));
    if (claim === undefined || !usable || claim.status?.reservedFor?.some((one) => one.uid === uid) === true) return [];
    const reservedFor = [...claim.status?.reservedFor ?? [], { resource: 'pods', name, uid }];
    return [{ do: 'update', resource: resourceclaims, object: { ...claim, status: { ...claim.status, reservedFor } }, subresource: 'status' }];
  });
}

function templateNames({ spec }: Pod): string[] {
  return (spec?.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName }) => resourceClaimTemplateName ?? []);
}

import type { coreV1, resourceV1 } from '@kubernode/api';
import { addQuantities, compareQuantities, subtractQuantities, zeroQuantity, type KubeObject, type Quantity } from '@kubernode/apimachinery';
import { count, countName, one, type Evaluator, type Usage } from './evaluator.ts';
import { podUsage } from './pod-evaluator.ts';

type Claim = resourceV1.ResourceClaim & KubeObject;
type Request = Readonly<resourceV1.ExactDeviceRequest>;

/** What the cost of claims depends on besides themselves. */
export interface QuotaWorld {
  deviceClasses(): Iterable<Readonly<resourceV1.DeviceClass>>;
  pod(namespace: string, name: string): Readonly<coreV1.Pod> | undefined;
  deviceClaims(namespace: string): Iterable<Readonly<resourceV1.ResourceClaim>>;
}

const COUNT = countName({ group: 'resource.k8s.io', resource: 'resourceclaims' });
const BY_CLASS = '.deviceclass.resource.k8s.io/devices';
/** Every class can be asked for as a resource of this name. */
const CLASS_RESOURCE = 'deviceclass.resource.kubernetes.io/';
const FOR_POD = 'resource.kubernetes.io/extended-resource-claim';
/** Kubernetes' bound for the devices of a claim: what `All` may come to. */
const DEVICES_MAX = 32;

/** Claims cost a claim, and devices of each class; under the resource's name too, where pods could have asked for the devices that way. */
export function deviceClaimEvaluator(world: QuotaWorld): Evaluator {
  return {
    handles: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    counts: (name) => name === COUNT || name.endsWith(BY_CLASS) || (name.startsWith('requests.') && isDeviceResource(name.slice('requests.'.length), world)),
    matchesScope: () => false,
    missing: () => undefined,
    usage: (object, now) => usage(object as Claim, world, now), // the evaluator of claims
    dependsOnOthers: (name) => name.startsWith('requests.'),
  };
}

function isDeviceResource(name: string, world: QuotaWorld): boolean {
  for (const { metadata, spec } of world.deviceClasses()) if (name === `${CLASS_RESOURCE}${metadata.name}` || name === spec?.extendedResourceName) return true;
  return false;
}

function usage(claim: Readonly<Claim>, world: QuotaWorld, now: number): Usage {
  const devices = devicesByClass(claim);
  const result: Usage = new Map([[COUNT, one]]);
  for (const [className, amount] of devices) result.set(`${className}${BY_CLASS}`, amount);
  const counted = usageOfPod(claim, world, now);
  for (const [name, amount] of asResources(devices, world)) {
    const rest = subtractQuantities(amount, counted?.get(name) ?? zeroQuantity);
    if (rest.nanos > 0n) result.set(name, rest);
  }
  return result;
}

function devicesByClass({ spec }: Readonly<Claim>): Map<string, Quantity> {
  const devices = new Map<string, Quantity>();
  for (const { exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
    const largest = new Map<string, Quantity>(); // only one of several alternatives is given: of each class the largest counts
    for (const one of firstAvailable.length > 0 ? firstAvailable : exactly === undefined ? [] : [exactly]) {
      const before = largest.get(one.deviceClassName);
      const amount = amountOf(one);
      if (before === undefined || compareQuantities(before, amount) < 0) largest.set(one.deviceClassName, amount);
    }
    for (const [className, amount] of largest) devices.set(className, addQuantities(devices.get(className) ?? zeroQuantity, amount));
  }
  return devices;
}

function amountOf({ allocationMode, count: wanted = 0 }: Pick<Request, 'allocationMode' | 'count'>): Quantity {
  return count(allocationMode === 'All' ? DEVICES_MAX : allocationMode === 'ExactCount' ? wanted : 0);
}

/** The devices under the names that pods would use. */
function asResources(devices: ReadonlyMap<string, Quantity>, world: QuotaWorld): Map<string, Quantity> {
  const resources = new Map<string, Quantity>();
  for (const [className, amount] of devices) resources.set(`requests.${CLASS_RESOURCE}${className}`, amount);
  for (const { metadata, spec } of world.deviceClasses()) {
    const amount = devices.get(metadata.name);
    if (amount !== undefined && spec?.extendedResourceName) resources.set(`requests.${spec.extendedResourceName}`, amount);
  }
  return resources;
}

/** What the pod costs that the claim was made for, if it was; that much is counted there already. */
function usageOfPod({ metadata }: Readonly<Claim>, world: QuotaWorld, now: number): Usage | undefined {
  const uid = podUidOf(metadata);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (uid === undefined || owner === undefined) return undefined;
  const namespace = metadata.namespace ?? '';
  const pod = world.pod(namespace, owner.name);
  if (pod === undefined || pod.metadata.uid !== uid) return undefined;
  const chosen = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  const isChosen = pod.status?.extendedResourceClaimStatus === undefined ? isFirstOf(uid, metadata, world.deviceClaims(namespace)) : chosen === metadata.name;
  return isChosen ? podUsage(pod as coreV1.Pod & KubeObject, now) : undefined; // pods are objects of the API
}

function podUidOf({ annotations, ownerReferences }: Readonly<Claim>['metadata']): string | undefined {
  if (annotations?.[FOR_POD] !== 'true') return undefined;
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  return owner?.kind === 'Pod' && owner.apiVersion === 'v1' ? owner.uid : undefined;
}

/** Until the pod says which claim is its, the oldest one is. */
function isFirstOf(podUid: string, { creationTimestamp, name }: Readonly<Claim>['metadata'], claims: Iterable<Readonly<resourceV1.ResourceClaim>>): boolean {
  const own = creationTimestamp ?? '';
  for (const { metadata } of claims) {
    if (podUidOf(metadata) !== podUid) continue;
    const created = metadata.creationTimestamp ?? '';
    if (created < own || (created === own && metadata.name < name)) return false;
  }
  return true;
}

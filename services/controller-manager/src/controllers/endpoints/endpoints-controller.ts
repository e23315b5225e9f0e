import { type IpFamily, ipFamilyOf, parseIp, type StatusError, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { isNamespaceTerminating, isReadyPod } from '../pods.ts';
import { printSubset } from './go-order.ts';
import { repackSubsets } from './repack-subsets.ts';
import { addressesOf, hostnameFor, isHeadless, isReachable, isServed, labelsFor, podReference, portsOn, selectedPods, serviceWatches } from './service-pods.ts';
import { TriggerTimes, withTriggerTime } from './trigger-times.ts';
import { ADDRESSES_MAX, addressCount, truncatedSubsets } from './truncate-subsets.ts';

type Pod = Readonly<coreV1.Pod>;
type Service = Readonly<coreV1.Service>;
type Endpoints = Readonly<coreV1.Endpoints>;

export interface EndpointsSnapshot {
  /** Undefined once it is gone. */
  service: Service | undefined;
  endpoints: Endpoints | undefined;
  pods: readonly Pod[];
  /** When what is new happened; undefined when no time is known for it. */
  triggerMs: number | undefined;
}

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

const resource = coreV1Resources.endpoints;

/** Keeps the older, single list of a Service's addresses. */
export function endpointsController({ batchMs }: { batchMs: number }): Controller {
  const times = new TriggerTimes();
  let begun = false; // what was told before the first look stood there when this leader began
  return controller<EndpointsSnapshot>({
    name: 'endpoint',
    component: 'endpoint-controller',
    watches: [
      ...serviceWatches(batchMs),
      watch({ resource, keys: ({ key, object }) => (object === undefined || (!begun && object.metadata.annotations?.[LEADER] === undefined) ? [key] : []) }),
    ],
    read(key, listers) {
      begun = true;
      const service = listers.of(coreV1Resources.services).get(key);
      const endpoints = listers.of(resource).get(key);
      if (service === undefined) {
        times.forget(key);
        return { service, endpoints, pods: [], triggerMs: undefined };
      }
      if (!isServed(service)) return undefined;
      const pods = selectedPods(service, listers);
      return { service, endpoints, pods, triggerMs: times.next(key, service, pods) };
    },
    reconcile: reconcileEndpoints,
  });
}

/** A Service's endpoints go with it, whoever made them. */
export function reconcileEndpoints({ service, endpoints, pods, triggerMs }: EndpointsSnapshot): Plan {
  if (service === undefined) return endpoints === undefined ? nothingToDo : { actions: [{ do: 'delete', resource, target: targetOf(endpoints), uid: endpoints.metadata.uid }] };
  const wanted = repackSubsets(pods.flatMap((pod) => subsetsOfPod(service, pod)));
  const labels = labelsFor(service, { [MANAGED_BY]: MANAGER });
  if (endpoints !== undefined && stands(endpoints, wanted, labels)) return nothingToDo;
  const { [OVER_CAPACITY]: _over, ...annotations } = withTriggerTime(endpoints?.metadata.annotations, triggerMs);
  const truncated = truncatedSubsets(wanted);
  const object = {
    ...endpoints, apiVersion: 'v1', kind: 'Endpoints',
    metadata: {
      ...endpoints?.metadata, name: service.metadata.name, namespace: service.metadata.namespace ?? '', labels,
      annotations: { ...annotations, ...(truncated !== wanted && { [OVER_CAPACITY]: 'truncated' }) },
    },
    subsets: [...truncated],
  };
  if (endpoints === undefined) return { actions: [creation(service, object)] };
  return sameJson(endpoints, object) ? nothingToDo : { actions: [update(object)] }; // truncated ones never stand
}

/** Others' order of subsets is left alone; whether there is room for all shows in an annotation. */
function stands({ metadata, subsets = [] }: Endpoints, wanted: readonly coreV1.EndpointSubset[], labels: Readonly<Record<string, string>>): boolean {
  const present = withoutVersions(subsets);
  const text = (list: readonly coreV1.EndpointSubset[]): string => list.map(printSubset).join();
  const isWanted = text(wanted);
  return (text(present) === isWanted || text(repackSubsets(present)) === isWanted) && sameJson(metadata.labels ?? {}, labels)
    && addressCount(subsets) <= ADDRESSES_MAX && metadata.annotations?.[OVER_CAPACITY] === undefined;
}

/** Of which version a pod was when its address was written does not matter. */
function withoutVersions(subsets: readonly Readonly<coreV1.EndpointSubset>[]): coreV1.EndpointSubset[] {
  const plain = (addresses: readonly coreV1.EndpointAddress[]): coreV1.EndpointAddress[] => addresses.map(({ targetRef, ...address }) => {
    if (targetRef === undefined) return address;
    const { resourceVersion: _version, ...reference } = targetRef;
    return { ...address, targetRef: reference };
  });
  return subsets.map(({ addresses, notReadyAddresses, ...subset }) => ({ ...subset, ...(addresses && { addresses: plain(addresses) }), ...(notReadyAddresses && { notReadyAddresses: plain(notReadyAddresses) }) }));
}

/** A pod as a subset for each port it offers; being deleted it is left out, unless the Service wants even those that are not ready. */
function subsetsOfPod(service: Service, pod: Pod): coreV1.EndpointSubset[] {
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  if (!isReachable(pod) || (pod.metadata.deletionTimestamp !== undefined && !publishAll)) return [];
  const [ip] = addressesOf(pod, familyFor(service, pod));
  if (ip === undefined) return [];
  const hostname = hostnameFor(service, pod);
  const address: coreV1.EndpointAddress = { ip, ...(hostname !== undefined && { hostname }), nodeName: pod.spec?.nodeName ?? '', targetRef: podReference(pod) };
  const addresses = publishAll || isReadyPod(pod) ? { addresses: [address] } : { notReadyAddresses: [address] };
  if ((service.spec?.ports ?? []).length === 0) return isHeadless(service) ? [addresses] : [];
  return portsOn(service, pod).map(({ name, ...port }) => ({ ...addresses, ports: [{ ...(name !== '' && { name }), ...port }] }));
}

/** Endpoints have one family only: the Service's first. */
function familyFor({ spec }: Service, { status }: Pod): IpFamily {
  const [first] = spec?.ipFamilies ?? [];
  if (first !== undefined) return first === 'IPv6' ? 'IPv6' : 'IPv4';
  const ip = parseIp(spec?.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None' ? spec.clusterIP : status?.podIP ?? '');
  return ip === undefined ? 'IPv4' : ipFamilyOf(ip);
}

function creation(service: Service, object: coreV1.Endpoints): Action {
  const { name, namespace = '' } = service.metadata;
  return {
    do: 'create', resource, object,
    otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : failure(object, 'FailedToCreateEndpoint', `Failed to create endpoint for service ${namespace}/${name}: ${error.message}`)),
  };
}

function update(object: coreV1.Endpoints): Action {
  const { name, namespace = '' } = object.metadata;
  return { do: 'update', resource, object, otherwise: (error: StatusError) => failure(object, 'FailedToUpdateEndpoint', `Failed to update endpoint ${namespace}/${name}: ${error.message}`) };
}

function failure(about: coreV1.Endpoints, reason: string, message: string): { actions: Action[] } {
  return { actions: [{ do: 'event', about, type: 'Warning', reason, message }] };
}

function targetOf({ metadata: { name, namespace } }: Endpoints): { name: string; namespace: string } { return { name, namespace: namespace ?? '' }; }

import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, watch, type Controller, type Plan } from '@kubernode/controller';
import { isReadyPod, readySinceMs } from '../pods.ts';
import { sameJson } from '../same-json.ts';
import { hostnameFor, isHeadless, labelsFor, podReference, podsOf, portsOn, serviceWatches, type ResolvedPort } from './service-pods.ts';

type Pod = Readonly<coreV1.Pod>;
type Service = Readonly<coreV1.Service>;

interface Snapshot { key: { namespace: string; name: string }; service: Service | undefined; endpoints: Readonly<coreV1.Endpoints> | undefined; pods: readonly Pod[] }

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
/** More would make the object too large; what is left out is only in slices. */
const ADDRESSES_MAX = 1000;

/** Keeps the older, single list of a Service's addresses. */
export const endpointsController: Controller = controller<Snapshot>({
  name: 'endpoint',
  component: 'endpoint-controller',
  watches: [...serviceWatches, watch({ resource: coreV1Resources.endpoints, keys: ({ key, object }) => (object === undefined ? [key] : []) })],
  read(key, listers) {
    const [namespace = '', name = ''] = key.split('/');
    const service = listers.of(coreV1Resources.services).get(key);
    return { key: { namespace, name }, service, endpoints: listers.of(coreV1Resources.endpoints).get(key), pods: service === undefined ? [] : podsOf(service, listers) };
  },
  reconcile,
});

function reconcile({ key, service, endpoints, pods }: Snapshot): Plan {
  if (service === undefined) {
    return endpoints === undefined || endpoints.metadata.labels?.[MANAGED_BY] !== MANAGER ? nothingToDo : { actions: [{ do: 'delete', resource: coreV1Resources.endpoints, target: key, uid: endpoints.metadata.uid }] };
  }
  if (service.spec?.selector === undefined || Object.keys(service.spec.selector).length === 0 || service.spec.type === 'ExternalName') return nothingToDo;
  const { subsets, truncated } = subsetsOf(service, pods);
  const labels = labelsFor(service, { [MANAGED_BY]: MANAGER });
  const present = endpoints?.metadata;
  if (endpoints !== undefined && sameJson(endpoints.subsets ?? [], subsets) && sameJson(present?.labels ?? {}, labels)) return nothingToDo;
  const { [TRIGGER_TIME]: _time, [OVER_CAPACITY]: _over, ...annotations } = present?.annotations ?? {};
  const object = {
    ...endpoints, apiVersion: 'v1', kind: 'Endpoints',
    metadata: { ...present, ...key, labels, annotations: { ...annotations, [TRIGGER_TIME]: triggerTime(service, pods), ...(truncated && { [OVER_CAPACITY]: 'truncated' }) } },
    subsets,
  };
  return { actions: [endpoints === undefined ? { do: 'create', resource: coreV1Resources.endpoints, object } : { do: 'update', resource: coreV1Resources.endpoints, object }] };
}

function triggerTime(service: Service, pods: readonly Pod[]): string {
  const latest = Math.max(0, ...pods.map((pod) => readySinceMs(pod) ?? 0));
  return latest > 0 ? new Date(latest).toISOString().replace(/\.000Z/, 'Z') : service.metadata.creationTimestamp ?? '';
}

/** Addresses that offer the same ports stand together, ready ones apart from those that are not. */
function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: coreV1.EndpointSubset[]; truncated: boolean } {
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  const shown = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined || publishAll).sort((a, b) => (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1);
  const byPorts = new Map<string, { ports: ResolvedPort[]; ready: Pod[]; notReady: Pod[] }>();
  for (const pod of shown.slice(0, ADDRESSES_MAX)) {
    const ports = portsOn(service, pod).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (ports.length === 0 && !isHeadless(service)) continue;
    const id = JSON.stringify(ports);
    const group = byPorts.get(id) ?? { ports, ready: [], notReady: [] };
    byPorts.set(id, group);
    (publishAll || isReadyPod(pod) ? group.ready : group.notReady).push(pod);
  }
  const subsets = [...byPorts.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 && { addresses: addresses(service, ready) }),
    ...(notReady.length > 0 && { notReadyAddresses: addresses(service, notReady) }),
    ...(ports.length > 0 && { ports: ports.map(({ name, ...rest }) => ({ ...(name !== '' && { name }), ...rest })) }),
  }));
  return { subsets, truncated: shown.length > ADDRESSES_MAX };
}

function addresses(service: Service, pods: readonly Pod[]): coreV1.EndpointAddress[] {
  return pods.map((pod) => {
    const hostname = hostnameFor(service, pod);
    const nodeName = pod.spec?.nodeName;
    return { ip: pod.status?.podIP ?? '', ...(hostname !== undefined && { hostname }), ...(nodeName !== undefined && { nodeName }), targetRef: podReference(pod) };
  }).sort((a, b) => (a.ip < b.ip ? -1 : 1));
}

import { coreV1Resources, discoveryV1Resources, type coreV1, type discoveryV1 } from '@kubernode/api';
import { controller, controllerReference, nothingToDo, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { isReadyPod } from '../pods.ts';
import { sameJson } from '../same-json.ts';
import { hostnameFor, isHeadless, labelsFor, podReference, podsOf, portsOn, serviceWatches, type ResolvedPort } from './service-pods.ts';

type Pod = Readonly<coreV1.Pod>;
type Service = Readonly<coreV1.Service>;
type Slice = Readonly<discoveryV1.EndpointSlice>;
type Endpoint = discoveryV1.Endpoint;

interface Snapshot { service: Service; pods: readonly Pod[]; slices: readonly Slice[]; zoneOf(nodeName: string): string | undefined }

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const ENDPOINTS_MAX = 100;

const slices = discoveryV1Resources.endpointslices;

/** Keeps a Service's addresses in slices of at most a hundred, so that a change of one pod sends little. */
export const endpointSliceController: Controller = controller<Snapshot>({
  name: 'endpoint_slice',
  component: 'endpoint-slice-controller',
  watches: [
    ...serviceWatches,
    watch({ resource: coreV1Resources.nodes, keys: () => [] }),
    watch({
      resource: slices, indexes: { service: ({ metadata }) => [`${metadata.namespace ?? ''}/${metadata.labels?.[SERVICE_NAME] ?? ''}`] },
      keys: ({ object, previous }) => [object, previous].flatMap((slice) => (slice?.metadata.labels?.[MANAGED_BY] === MANAGER ? [`${slice.metadata.namespace ?? ''}/${slice.metadata.labels[SERVICE_NAME] ?? ''}`] : [])),
    }),
  ],
  read(key, listers) {
    const service = listers.of(coreV1Resources.services).get(key);
    if (service === undefined) return undefined; // its slices go with it: they are owned
    const nodes = listers.of(coreV1Resources.nodes);
    return {
      service, pods: podsOf(service, listers),
      slices: listers.of(slices).byIndex('service', key).filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER && metadata.deletionTimestamp === undefined),
      zoneOf: (nodeName) => nodes.get(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'],
    };
  },
  reconcile,
});

function reconcile(snapshot: Snapshot): Plan {
  const { service, slices: present } = snapshot;
  if (service.spec?.selector === undefined || Object.keys(service.spec.selector).length === 0 || service.spec.type === 'ExternalName' || service.metadata.deletionTimestamp !== undefined) return nothingToDo;
  const families = service.spec.ipFamilies ?? ['IPv4'];
  const labels = labelsFor(service, { [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: MANAGER });
  const stale = present.filter(({ addressType }) => !families.includes(addressType));
  return { actions: [...stale.map(remove), ...families.flatMap((family) => familyActions(snapshot, family, labels))] };
}

interface Group { ports: readonly ResolvedPort[]; endpoints: Endpoint[] }

/** Endpoints that offer the same ports share slices; a Service without any still has one, empty. */
function familyActions(snapshot: Snapshot, family: string, labels: Record<string, string>): Action[] {
  const groups = wantedGroups(snapshot, family);
  const present = snapshot.slices.filter(({ addressType }) => addressType === family);
  const byPorts = groupBy(present, (slice) => portsId(slice.ports ?? []));
  const empty = groups.size === 0;
  if (empty) groups.set(portsId(present[0]?.ports ?? []), { ports: (present[0]?.ports ?? []) as ResolvedPort[], endpoints: [] }); // ports of slices have name, port and protocol
  const actions: Action[] = [...groups].flatMap(([id, group]) => groupActions(snapshot.service, family, labels, group, byPorts.get(id) ?? []));
  const leftOver = [...byPorts].flatMap(([id, unwanted]) => (groups.has(id) ? [] : unwanted));
  return [...actions, ...leftOver.map(remove)];
}

/** Slices keep what they have as far as it is still wanted; what is new fills them up; what does not fit gets new ones. */
function groupActions(service: Service, family: string, labels: Record<string, string>, { ports, endpoints }: Group, present: readonly Slice[]): Action[] {
  const left = new Map(endpoints.map((endpoint) => [idOf(endpoint), endpoint]));
  const kept = present.map((slice) => {
    const still = (slice.endpoints ?? []).flatMap((endpoint) => { const wanted = left.get(idOf(endpoint)); left.delete(idOf(endpoint)); return wanted === undefined ? [] : [wanted]; });
    return { slice, endpoints: still };
  });
  const rest = [...left.values()];
  for (const one of [...kept].sort((a, b) => b.endpoints.length - a.endpoints.length)) one.endpoints.push(...rest.splice(0, Math.max(0, ENDPOINTS_MAX - one.endpoints.length)));
  const fresh: Endpoint[][] = [];
  while (rest.length > 0) fresh.push(rest.splice(0, ENDPOINTS_MAX));
  if (kept.length === 0 && fresh.length === 0) fresh.push([]);
  const spare = kept.filter((one) => one.endpoints.length === 0).slice(kept.some((one) => one.endpoints.length > 0) ? 0 : 1);
  const wire = ports.length === 0 ? null : ports.map((port) => ({ ...port }));
  return [
    ...fresh.map((some): Action => ({ do: 'create', resource: slices, object: newSlice(service, family, labels, wire, some) })),
    ...kept.filter((one) => !spare.includes(one)).flatMap(({ slice, endpoints: some }): Action[] => {
      const same = sameJson(slice.endpoints ?? [], some) && sameJson(slice.metadata.labels, labels) && sameJson(slice.ports ?? [], wire ?? []);
      return same ? [] : [{ do: 'update', resource: slices, object: { ...slice, metadata: { ...slice.metadata, labels }, endpoints: some, ports: wire } as never }]; // an EndpointSlice, with the null that Kubernetes writes for no ports
    }),
    ...spare.map(({ slice }) => remove(slice)),
  ];
}

function newSlice(service: Service, family: string, labels: Record<string, string>, ports: unknown, endpoints: readonly Endpoint[]): unknown {
  const prefix = `${service.metadata.name}-`;
  return {
    metadata: { generateName: prefix, namespace: service.metadata.namespace, labels, ownerReferences: [controllerReference(service, coreV1Resources.services)] },
    addressType: family, endpoints, ports,
  };
}

function remove({ metadata: { name, namespace, uid } }: Slice): Action {
  return { do: 'delete', resource: slices, target: { name, namespace }, uid };
}

function wantedGroups({ service, pods, zoneOf }: Snapshot, family: string): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const addresses = (pod.status?.podIPs ?? [{ ip: pod.status?.podIP ?? '' }]).map(({ ip }) => ip ?? '').filter((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6'));
    const ports = portsOn(service, pod);
    if (addresses.length === 0 || (ports.length === 0 && !isHeadless(service))) continue;
    const id = portsId(ports);
    const group = groups.get(id) ?? { ports, endpoints: [] };
    groups.set(id, group);
    group.endpoints.push(endpointOf(service, pod, addresses, zoneOf));
  }
  return groups;
}

function endpointOf(service: Service, pod: Pod, addresses: string[], zoneOf: Snapshot['zoneOf']): Endpoint {
  const serving = isReadyPod(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const nodeName = pod.spec?.nodeName;
  const zone = zoneOf(nodeName ?? '');
  const hostname = hostnameFor(service, pod);
  return {
    addresses, conditions: { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname !== undefined && { hostname }), targetRef: podReference(pod), ...(nodeName !== undefined && { nodeName }), ...(zone !== undefined && { zone }),
  };
}

function idOf({ targetRef, addresses }: Endpoint): string { return `${targetRef?.uid ?? ''} ${addresses.join()}`; }

function portsId(ports: readonly { name?: string; port?: number; protocol?: string; appProtocol?: string }[]): string {
  return JSON.stringify(ports.map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol]).sort());
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

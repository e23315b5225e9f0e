import { coreV1Resources } from '@kubernode/api';
import { timeToMs } from '@kubernode/apimachinery';
import { nothingToDo, type Action, type Plan } from '@kubernode/controller';
import { allAddresses, loadBalancerAddresses, type Node, type Service, type Slice } from './node-addresses.ts';

export interface LoadBalancerSnapshot {
  service: Service;
  /** All services of type LoadBalancer: the nodes' ports are shared. */
  balanced: readonly Service[];
  nodes: readonly Node[];
  slices: readonly Slice[];
  /** Ports on nodes that the cluster itself needs: of API servers and DNS. */
  clusterPorts: ReadonlySet<number>;
}

/** A class by which a service asks for this controller by name. */
export const LOAD_BALANCER_CLASS = 'kubernode.io/node';

/** ssh, and kubelet, proxy and control plane by their usual ports: traffic for them on nodes must never go to pods. */
const isHostPort = (port: number): boolean => port === 22 || (port >= 2379 && port <= 2381) || port === 6443 || (port >= 10_248 && port <= 10_260);

/** Gives a service the addresses of nodes, or takes them back. Without a cloud nodes are what clients reach from outside. */
export function reconcileServiceLb(snapshot: LoadBalancerSnapshot): Plan {
  const { service, nodes, slices } = snapshot;
  const present = (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
  if (present.length === 0 ? !isOurs(service) : !areOfNodes(present, nodes)) return nothingToDo;
  const refusal = isOurs(service) ? refusalOf(snapshot) : undefined;
  const wanted = isOurs(service) && refusal === undefined ? loadBalancerAddresses(service, nodes, slices) : [];
  const events: Action[] = refusal === undefined ? [] : [{ do: 'event', about: subjectOf(service), type: 'Warning', reason: 'SyncLoadBalancerFailed', message: `Error syncing load balancer: failed to ensure load balancer: ${refusal}` }];
  if (wanted.join() === [...present].sort().join()) return { actions: present.length === 0 ? events : [] };
  return { actions: [...announcement(service, { from: present, to: wanted }), { do: 'update', resource: coreV1Resources.services, subresource: 'status', object: withAddresses(service, wanted) }, ...events] };
}

/** Of type LoadBalancer, being kept, and for no other controller. */
export function isOurs({ metadata, spec }: Service): boolean {
  return spec?.type === 'LoadBalancer' && metadata.deletionTimestamp === undefined && (spec.loadBalancerClass === undefined || spec.loadBalancerClass === LOAD_BALANCER_CLASS);
}

/** Whether addresses came from here: some are of nodes that are there, or no node is left that could tell. Others are another controller's. */
function areOfNodes(addresses: readonly string[], nodes: readonly Node[]): boolean {
  return nodes.length === 0 || nodes.some((node) => allAddresses(node).some((address) => addresses.includes(address)));
}

/** Why the service gets no address: its ports are the host's own, or an older service has them. */
function refusalOf({ service, balanced, clusterPorts }: LoadBalancerSnapshot): string | undefined {
  for (const { port, protocol = 'TCP' } of service.spec?.ports ?? []) {
    if (clusterPorts.has(port) || (protocol === 'TCP' && isHostPort(port))) return `port ${port} of the nodes is in use by the cluster itself`;
    const holder = balanced.find((other) => isOurs(other) && isOlder(other, service) && other.spec?.ports?.some((one) => one.port === port && (one.protocol ?? 'TCP') === protocol));
    if (holder) return `port ${port}/${protocol} of the nodes belongs to ${holder.metadata.namespace ?? ''}/${holder.metadata.name}`;
  }
  return undefined;
}

function isOlder(a: Service, b: Service): boolean {
  const age = ({ metadata }: Service): string => `${String(timeToMs(metadata.creationTimestamp) ?? 0).padStart(16, '0')} ${metadata.namespace ?? ''}/${metadata.name}`;
  return age(a) < age(b);
}

function announcement(service: Service, { from, to }: { from: readonly string[]; to: readonly string[] }): Action[] {
  const event = (reason: string, message: string): Action => ({ do: 'event', about: subjectOf(service), type: 'Normal', reason, message });
  if (!isOurs(service)) return [event('DeletedLoadBalancer', 'Deleted load balancer')];
  if (to.length === 0) return from.length > 0 ? [event('UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer')] : [];
  return from.length === 0 ? [event('EnsuringLoadBalancer', 'Ensuring load balancer'), event('EnsuredLoadBalancer', 'Ensured load balancer')] : [event('UpdatedLoadBalancer', 'Updated load balancer with new hosts')];
}

function withAddresses(service: Service, addresses: readonly string[]): Service {
  const loadBalancer = addresses.length === 0 ? {} : { ingress: addresses.map((ip) => ({ ip, ipMode: 'VIP' })) };
  return { ...service, status: { ...service.status, loadBalancer } };
}

const subjectOf = ({ metadata }: Service) => ({ apiVersion: 'v1', kind: 'Service', metadata });

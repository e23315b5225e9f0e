import type { Endpoint } from './endpoint.ts';
import { usesClusterEndpoints, usesLocalEndpoints, type ServicePort } from './service-port.ts';

/** A service port with where its traffic may go from this node: everything that its rules are made from. */
export interface RoutedPort extends ServicePort {
  /** Of the whole cluster as far as topology lets it; for traffic with policy Cluster. */
  clusterEndpoints: readonly Endpoint[];
  /** On this node; for traffic with policy Local. */
  localEndpoints: readonly Endpoint[];
  /** Both, once each, sorted. */
  reachableEndpoints: readonly Endpoint[];
  /** Whether any endpoint anywhere can be used: what decides between refusing and dropping. */
  hasEndpoints: boolean;
  /** Endpoints on this node that are ready, for the health check port; 0 where there is none. */
  localReadyCount: number;
  /** Of UDP, all addresses that serve, whatever policies say: flows to others are forgotten, flows to these go on. */
  servingAddresses: readonly string[];
}

/** Where this node stands. */
export interface NodePlace { name: string; zone: string }

/** Chooses among a port's endpoints: by topology hints, by traffic policy, and those that end only where nothing else is left. Pure. */
export function routePort(port: ServicePort, endpoints: readonly Endpoint[], node: NodePlace): RoutedPort {
  const clusterEndpoints = usesClusterEndpoints(port) ? clusterWide(endpoints, node) : [];
  const localEndpoints = usesLocalEndpoints(port) ? readyOrEnding(endpoints.filter((one) => one.isLocal)) : [];
  return {
    ...port, clusterEndpoints, localEndpoints,
    reachableEndpoints: union(clusterEndpoints, localEndpoints),
    hasEndpoints: clusterEndpoints.length > 0 || (usesLocalEndpoints(port) && endpoints.some((one) => one.ready || isEnding(one))),
    localReadyCount: port.healthCheckNodePort > 0 ? endpoints.filter((one) => one.isLocal && one.ready).length : 0,
    servingAddresses: port.protocol === 'udp' ? endpoints.filter((one) => one.serving).map((one) => one.address) : [],
  };
}

function clusterWide(endpoints: readonly Endpoint[], node: NodePlace): readonly Endpoint[] {
  const ready = endpoints.filter((one) => one.ready);
  return ready.length > 0 ? nearest(ready, node) : endpoints.filter(isEnding);
}

/** A hint counts only when every ready endpoint has one of its kind and some are for here: same node first, then same zone. */
function nearest(ready: readonly Endpoint[], { name, zone }: NodePlace): readonly Endpoint[] {
  for (const [hintsOf, place] of [[nodeHints, name], [zoneHints, zone]] as const) {
    if (!ready.every((one) => hintsOf(one).length > 0)) continue;
    const near = ready.filter((one) => hintsOf(one).includes(place));
    if (near.length > 0) return near;
  }
  return ready;
}

const nodeHints = (endpoint: Endpoint): readonly string[] => endpoint.nodeHints;
const zoneHints = (endpoint: Endpoint): readonly string[] => endpoint.zoneHints;
const isEnding = (endpoint: Endpoint): boolean => !endpoint.ready && endpoint.serving && endpoint.terminating;

function readyOrEnding(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((one) => one.ready);
  return ready.length > 0 ? ready : endpoints.filter(isEnding);
}

function union(a: readonly Endpoint[], b: readonly Endpoint[]): readonly Endpoint[] {
  if (b.length === 0) return a;
  const byAddress = new Map([...a, ...b].map((one) => [one.address, one]));
  return byAddress.size === a.length ? a : [...byAddress.values()].sort((one, other) => (one.address < other.address ? -1 : 1));
}

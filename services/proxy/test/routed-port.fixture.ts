import fc from 'fast-check';
import type { Endpoint } from '../src/topology/endpoint.ts';
import { routePort, type NodePlace, type RoutedPort } from '../src/topology/route-port.ts';
import type { ServicePort } from '../src/topology/service-port.ts';

export const PLACE: NodePlace = { name: 'n1', zone: 'z1' };

/** A service port `a/web` at 10.96.0.9:80. */
export function servicePort(facts: Partial<ServicePort> = {}): ServicePort {
  return {
    namespace: 'a', service: 'web', portName: '', name: 'a/web', protocol: 'tcp', clusterIp: '10.96.0.9', port: 80, nodePort: 0, healthCheckNodePort: 0, externalIps: [], loadBalancerIps: [], sourceRanges: [],
    affinitySeconds: 0, internalLocal: false, externalLocal: false, ...facts,
  };
}

/** An endpoint that is ready and elsewhere. */
export function endpoint(ip: string, facts: Partial<Endpoint> = {}): Endpoint {
  const port = facts.port ?? 8080;
  return { ip, port, address: ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`, isLocal: false, ready: true, serving: true, terminating: false, zoneHints: [], nodeHints: [], ...facts };
}

/** A port with two endpoints, the first on this node. */
export function routedPort(facts: Partial<ServicePort> = {}, endpoints: readonly Endpoint[] = [endpoint('10.244.0.2', { isLocal: true }), endpoint('10.244.1.3')]): RoutedPort {
  return routePort(servicePort(facts), endpoints, PLACE);
}

const arbitraryEndpoint = (i: number): fc.Arbitrary<Endpoint> => fc.record({
  isLocal: fc.boolean(), state: fc.constantFrom('ready', 'ending', 'gone', 'unready'), zone: fc.constantFrom([], ['z1'], ['z2']), node: fc.constantFrom([], [], ['n1'], ['n2']),
}).map(({ isLocal, state, zone, node }) => endpoint(`10.244.${isLocal ? 0 : 1}.${i + 2}`, { isLocal, ready: state === 'ready', serving: state === 'ready' || state === 'ending', terminating: state === 'ending' || state === 'gone', zoneHints: zone, nodeHints: node }));

/** Ports of up to four services at addresses of their own, of every kind. */
export const arbitraryPorts: fc.Arbitrary<readonly RoutedPort[]> = fc.array(fc.record({
  protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const), nodePort: fc.boolean(), external: fc.boolean(), balancer: fc.boolean(), ranges: fc.constantFrom([], ['192.0.2.0/24'], ['203.0.113.0/24', '10.0.0.0/24']),
  affinitySeconds: fc.constantFrom(0, 60), internalLocal: fc.boolean(), externalLocal: fc.boolean(), endpoints: fc.integer({ min: 0, max: 3 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => arbitraryEndpoint(i)))),
}), { maxLength: 4 }).map((list) => list.map(({ nodePort, external, balancer, ranges, endpoints, ...facts }, i) => routedPort({
  ...facts, service: `s${i}`, name: `a/s${i}`, clusterIp: `10.96.0.${i + 1}`, nodePort: nodePort ? 30_000 + i : 0, externalIps: external ? [`198.51.100.${i}`] : [], loadBalancerIps: balancer ? [`198.51.101.${i}`] : [],
  sourceRanges: ranges, healthCheckNodePort: balancer && facts.externalLocal ? 31_000 + i : 0,
}, endpoints)));

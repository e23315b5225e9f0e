import type { coreV1, discoveryV1 } from '@kubernode/api';
import { servicePorts } from './service-ports.ts';

const service = (name: string, spec: coreV1.ServiceSpec): coreV1.Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }], ...spec } });
const slice = (name: string, endpoints: discoveryV1.Endpoint[], port = 8080): discoveryV1.EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: `${name}-x`, namespace: 'a', labels: { 'kubernetes.io/service-name': name } }, addressType: 'IPv4', ports: [{ port }], endpoints,
});

function endpointsOf(endpoints: discoveryV1.Endpoint[]): [readonly string[], readonly string[]] | undefined {
  const [port] = servicePorts({ services: [service('web', {})], slices: [slice('web', endpoints)], nodeName: 'n1' });
  return port && [port.endpoints, port.localEndpoints];
}

test('servicePorts gives ready endpoints, sorted, and those of this node', () => {
  expect(endpointsOf([{ addresses: ['10.0.0.3'], nodeName: 'n2' }, { addresses: ['10.0.0.2'], nodeName: 'n1', conditions: { ready: true } }, { addresses: ['10.0.0.4'], conditions: { ready: false } }])).toEqual([['10.0.0.2:8080', '10.0.0.3:8080'], ['10.0.0.2:8080']]);
});

test('servicePorts falls back to endpoints that serve while they end, only where none is ready', () => {
  const ending = { addresses: ['10.0.0.5'], conditions: { ready: false, serving: true, terminating: true } };
  expect(endpointsOf([ending])).toEqual([['10.0.0.5:8080'], []]);
  expect(endpointsOf([ending, { addresses: ['10.0.0.6'] }])).toEqual([['10.0.0.6:8080'], []]);
});

test('servicePorts leaves out headless services, names for others, and services of another proxy', () => {
  const other = service('other', {});
  other.metadata.labels = { 'service.kubernetes.io/service-proxy-name': 'cilium' };
  expect(servicePorts({ services: [service('headless', { clusterIP: 'None' }), service('alias', { type: 'ExternalName' }), other], slices: [], nodeName: 'n1' })).toEqual([]);
});

test('servicePorts matches ports by name', () => {
  const web = service('web', { ports: [{ name: 'http', port: 80 }, { name: 'admin', port: 81, protocol: 'UDP', nodePort: 30_001 }] });
  const admin = { ...slice('web', [{ addresses: ['10.0.0.1'] }], 9090), ports: [{ name: 'admin', port: 9090 }] };
  expect(servicePorts({ services: [web], slices: [admin], nodeName: 'n1' }).map(({ name, protocol, nodePort, endpoints }) => [name, protocol, nodePort, endpoints])).toEqual([['a/web:admin', 'udp', 30_001, ['10.0.0.1:9090']], ['a/web:http', 'tcp', 0, []]]);
});

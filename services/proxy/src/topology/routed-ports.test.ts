import type { coreV1, discoveryV1 } from '@kubernode/api';
import fc from 'fast-check';
import { readService } from './read-service.ts';
import { countEndpoints, portsOfService, RoutedPorts, type ServiceSource } from './routed-ports.ts';

const service = (spec: coreV1.ServiceSpec, facts: Partial<coreV1.Service> = {}): coreV1.Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'a' }, spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }], ...spec }, ...facts });

test.each<[string, coreV1.Service]>([
  ['headless', service({ clusterIP: 'None' })], ['a mere name', service({ type: 'ExternalName' })], ['without address yet', service({ clusterIP: '' })], ['of another family', service({ clusterIP: 'fd00::9' })],
  ['another proxy\'s', service({}, { metadata: { name: 'web', namespace: 'a', labels: { 'service.kubernetes.io/service-proxy-name': 'cilium' } } })],
])('readService leaves out a service that is %s', (_, one) => { expect(readService(one, 'IPv4')).toEqual([]); });

test('readService takes what is of its family, and balancers\' addresses only where packets come as they are', () => {
  const [port] = readService(service(
    { type: 'LoadBalancer', clusterIPs: ['fd00::9', '10.96.0.9'], externalIPs: ['198.51.100.1', '2001:db8::1'], loadBalancerSourceRanges: [' 192.0.2.0/24 ', '2001:db8::/32'], externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000, sessionAffinity: 'ClientIP' },
    { status: { loadBalancer: { ingress: [{ ip: '198.51.100.2' }, { ip: '198.51.100.3', ipMode: 'Proxy' }, { ip: '2001:db8::2' }, { hostname: 'x' }] } } },
  ), 'IPv4');
  expect(port).toMatchObject({ clusterIp: '10.96.0.9', externalIps: ['198.51.100.1'], loadBalancerIps: ['198.51.100.2'], sourceRanges: ['192.0.2.0/24'], externalLocal: true, healthCheckNodePort: 31_000, affinitySeconds: 10_800 });
  expect(readService(service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['0.0.0.0/0', '192.0.2.0/24'] }), 'IPv4')[0]?.sourceRanges).toEqual([]); // everybody
});

test('RoutedPorts equals a look at all services, however they came', () => {
  const step = fc.record({ name: fc.constantFrom('a/x', 'a/y', 'b/z'), port: fc.option(fc.integer({ min: 80, max: 82 })), endpoints: fc.uniqueArray(fc.integer({ min: 2, max: 6 }), { maxLength: 3 }), zone: fc.constantFrom('z1', 'z2'), looks: fc.boolean() });
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const services = new Map<string, coreV1.Service>();
    const slices = new Map<string, discoveryV1.EndpointSlice>();
    const source: ServiceSource = { service: (key) => services.get(key), slices: (key) => [slices.get(key) ?? []].flat(), serviceKeys: () => services.keys() };
    const ports = new RoutedPorts(source, 'IPv4');
    let place = { name: 'n1', zone: 'z1' };
    for (const { name, port, endpoints, zone, looks } of steps) {
      if (port === null) services.delete(name); else services.set(name, service({ ports: [{ port }], clusterIP: `10.96.0.${port}` }));
      slices.set(name, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name }, addressType: 'IPv4', ports: [{ name: '', port: 8080 }], endpoints: endpoints.map((i) => ({ addresses: [`10.244.0.${i}`], hints: { forZones: [{ name: i % 2 === 0 ? 'z1' : 'z2' }] } })) });
      ports.note(name);
      if (zone !== place.zone) { place = { ...place, zone }; ports.noteAll(); }
      if (looks) ports.update(place);
    }
    ports.update(place);
    const whole = [...services].map(([key, one]) => [key, portsOfService(one, source.slices(key), { family: 'IPv4', node: place })] as const);
    expect(new Map([...ports.byService].sort())).toEqual(new Map([...whole].sort()));
    expect(ports.endpointCount).toBe(countEndpoints(ports.all()));
    expect(ports.update(place)).toEqual([]);
  }), { numRuns: 50 });
});

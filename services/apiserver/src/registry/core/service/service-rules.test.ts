import { serviceStrategy } from '../service.ts';
import { carryOver } from './carry-over.ts';
import { fillIpFamilies } from './ip-families.ts';
import { serviceWarnings } from './service-warnings.ts';
import type { Service, ServiceSpec } from './service-kind.ts';

const context = { user: { name: 'u', uid: '', groups: [], extra: {} }, subresource: '', apiVersion: 'v1', now: 0 };
const service = (spec: ServiceSpec = {}): Service => {
  const made: Service = { kind: 'Service', apiVersion: 'v1', metadata: { name: 's', namespace: 'n' }, spec };
  serviceStrategy.defaults?.(made);
  return made;
};
const ports = [{ port: 80 }];
const texts = (errors: readonly { field: string; message: string }[] = []): string[] => errors.map(({ field, message }) => `${field}: ${message}`);

describe('defaults of services', () => {
  it.each<[string, ServiceSpec, ServiceSpec]>([
    ['a port', { ports: [{ port: 80 }] }, { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], sessionAffinity: 'None', type: 'ClusterIP', internalTrafficPolicy: 'Cluster' }],
    ['a balancer', { type: 'LoadBalancer' }, { type: 'LoadBalancer', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true }],
    ['a name', { type: 'ExternalName', externalName: 'a.b' }, { type: 'ExternalName', externalName: 'a.b', sessionAffinity: 'None' }],
    ['external addresses', { externalIPs: ['1.2.3.4'] }, { externalIPs: ['1.2.3.4'], type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' }],
    ['clients that stick', { sessionAffinity: 'ClientIP' }, { type: 'ClusterIP', sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } }, internalTrafficPolicy: 'Cluster' }],
    ['an affinity that is none', { sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' }],
  ])('%s', (_name, given, expected) => { expect(service(given).spec).toEqual(expected); });
});

describe('faults of services', () => {
  it.each<[string, ServiceSpec, string[]]>([
    ['nothing wrong', { ports }, []],
    ['no ports', {}, ['spec.ports: Required value']],
    ['headless needs none', { clusterIP: 'None', clusterIPs: ['None'] }, []],
    ['two ports without names', { ports: [{ port: 80 }, { port: 81 }] }, ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value']],
    ['a port twice', { ports: [{ name: 'a', port: 80 }, { name: 'b', port: 80 }] }, ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}']],
    ['a node port without need', { ports: [{ port: 80, nodePort: 30_000 }] }, ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]],
    ['a range with bits behind', { ports, type: 'LoadBalancer', loadBalancerSourceRanges: ['10.1.2.3/8'] }, ['spec.LoadBalancerSourceRanges[0]: Invalid value: "10.1.2.3/8": must not have bits set beyond the prefix length']],
    ['a mapped address', { ports, externalIPs: ['::ffff:1.2.3.4'] }, ['spec.externalIPs[0]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address']],
    ['one of each family at most', { ports, clusterIP: '1.1.1.1', clusterIPs: ['1.1.1.1', '1.1.1.2'] }, ['spec.clusterIPs: Invalid value: ["1.1.1.1","1.1.1.2"]: may specify no more than one IP for each IP family']],
    ['a port for health checks', { ports, type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, ['spec.healthCheckNodePort: Required value']],
  ])('%s', (_name, spec, expected) => { expect(texts(serviceStrategy.validate?.(service(spec)))).toEqual(expected); });

  it.each<[string, ServiceSpec, ServiceSpec, string[]]>([
    ['the address is fixed', { ports, clusterIP: '1.1.1.1', clusterIPs: ['1.1.1.1'] }, { ports, clusterIP: '1.1.1.2', clusterIPs: ['1.1.1.2'] }, ['spec.clusterIPs[0]: Invalid value: ["1.1.1.2"]: may not change once set']],
    ['the class is fixed', { ports, type: 'LoadBalancer', loadBalancerClass: 'a/b' }, { ports, type: 'LoadBalancer', loadBalancerClass: 'a/c' }, ['spec.loadBalancerClass: Invalid value: "a/c": may not change once set']],
    ['old addresses stay valid', { ports, externalIPs: ['01.2.3.4'] }, { ports, externalIPs: ['01.2.3.4'] }, []],
  ])('%s', (_name, before, after, expected) => { expect(texts(serviceStrategy.validateUpdate?.(service(after), service(before), context))).toEqual(expected); });
});

describe('changes of type', () => {
  const balancer: ServiceSpec = { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30_000 }], clusterIP: '1.1.1.1', clusterIPs: ['1.1.1.1'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', healthCheckNodePort: 30_001, externalTrafficPolicy: 'Local' };
  it.each<[string, ServiceSpec, Partial<ServiceSpec>]>([
    ['to ClusterIP', { ...balancer, type: 'ClusterIP' }, { clusterIP: '1.1.1.1', ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] }],
    ['to ExternalName', { ...balancer, type: 'ExternalName', externalName: 'a.b' }, { externalName: 'a.b' }],
  ])('%s drop what is not needed', (_name, spec, expected) => {
    const [old, changed] = [service(structuredClone(balancer)), service(structuredClone(spec))];
    serviceStrategy.prepareForUpdate?.(changed, old, context);
    const { healthCheckNodePort, externalTrafficPolicy, allocateLoadBalancerNodePorts, loadBalancerClass, ...rest } = changed.spec ?? {};
    expect({ healthCheckNodePort, externalTrafficPolicy, allocateLoadBalancerNodePorts, loadBalancerClass }).toEqual({});
    expect(rest).toMatchObject(expected);
    expect(changed.status).toEqual({ loadBalancer: {} });
  });

  it('keep addresses and ports that the client leaves out', () => {
    const changed = service({ type: 'LoadBalancer', ports: [{ port: 80 }], externalTrafficPolicy: 'Local' });
    carryOver(changed, service(structuredClone(balancer)));
    expect(changed.spec).toMatchObject({ clusterIP: '1.1.1.1', clusterIPs: ['1.1.1.1'], healthCheckNodePort: 30_001, ports: [{ nodePort: 30_000 }] });
  });
});

describe('families of addresses', () => {
  it.each<[string, ServiceSpec, readonly ('IPv4' | 'IPv6')[], [string, string[]] | string]>([
    ['one by default', { ports }, ['IPv4'], ['SingleStack', ['IPv4']]],
    ['both where preferred and had', { ports, ipFamilyPolicy: 'PreferDualStack' }, ['IPv6', 'IPv4'], ['PreferDualStack', ['IPv6', 'IPv4']]],
    ['by the address', { ports, clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] }, ['IPv4', 'IPv6'], ['SingleStack', ['IPv6']]],
    ['both for endpoints of others', { clusterIP: 'None', clusterIPs: ['None'] }, ['IPv4'], ['RequireDualStack', ['IPv4', 'IPv6']]],
    ['not had', { ports, ipFamilies: ['IPv6'] }, ['IPv4'], 'Service "s" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    ['both not had', { ports, ipFamilyPolicy: 'RequireDualStack' }, ['IPv4'], 'Service "s" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'],
  ])('%s', (_name, spec, families, expected) => {
    const made = service(structuredClone(spec));
    if (typeof expected === 'string') { expect(() => { fillIpFamilies(made, undefined, families); }).toThrow(expected); return; }
    fillIpFamilies(made, undefined, families);
    expect([made.spec?.ipFamilyPolicy, made.spec?.ipFamilies]).toEqual(expected);
  });
});

it('warns of what has no effect', () => {
  expect(serviceWarnings(service({ clusterIP: 'None', clusterIPs: ['None'], externalIPs: ['1.2.3.4'], sessionAffinity: 'ClientIP', externalName: 'x', trafficDistribution: 'PreferClose' }))).toEqual([
    'spec.externalIPs is ignored for headless services', 'spec.SessionAffinity is ignored for headless services',
    'spec.externalName is ignored when spec.type is not "ExternalName"', 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ]);
});

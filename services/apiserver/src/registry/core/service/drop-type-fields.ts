import { isExternallyAccessible, needsClusterIp, needsHealthCheckPort, needsNodePort, nodePortsOf, sameList, type Service } from './service-kind.ts';

/**
 * A change of type takes what only the old type had, where the server may have filled it and the client did not change it at the same time.
 * What the client changed stays, for validation to refuse. What is dropped here is given back when the write is done.
 */
export function dropTypeFields(service: Service, old: Readonly<Service>): void {
  const spec = service.spec ??= {};
  const before = old.spec ?? {};
  if (needsClusterIp(before) && !needsClusterIp(spec)) dropAddresses(spec, before);
  if (needsNodePort(before) && !needsNodePort(spec) && hasNoNewNodePort(spec, before)) for (const port of spec.ports ?? []) delete port.nodePort;
  if (needsHealthCheckPort(before) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === before.healthCheckNodePort) delete spec.healthCheckNodePort;
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (isExternallyAccessible(before) && !isExternallyAccessible(spec) && spec.externalTrafficPolicy === before.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  if (spec.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} };
}

function dropAddresses(spec: NonNullable<Service['spec']>, before: Readonly<NonNullable<Service['spec']>>): void {
  if ((spec.clusterIP ?? '') === (before.clusterIP ?? '') && sameList(spec.clusterIPs, before.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (sameList(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
  if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
}

function hasNoNewNodePort(spec: Readonly<NonNullable<Service['spec']>>, before: Readonly<NonNullable<Service['spec']>>): boolean {
  const had = new Set(nodePortsOf(before));
  return nodePortsOf(spec).every((port) => had.has(port));
}

/** Traffic never comes by a service that is but a name. Values that are none stay, to be refused. */
export function dropMeaningless({ spec }: Service): void {
  if (spec?.type === 'ExternalName' && (spec.internalTrafficPolicy === 'Cluster' || spec.internalTrafficPolicy === 'Local')) delete spec.internalTrafficPolicy;
}

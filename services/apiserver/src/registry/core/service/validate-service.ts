import { isIP } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import {
  duplicate, forbiddenField, invalidValue, labelKeyFaults, notSupported, portNameFaults, portNumberFaults, required, subdomainFaults, validateLabels, type FieldError,
} from '@kubernode/apimachinery';
import { endpointIpFaults } from '../../shared/ip-rules.ts';
import { legacyCidrFaults, legacyIpFaults } from '../../shared/legacy-ip-rules.ts';
import { labelNameFaults, PORT_PROTOCOLS, qualifiedNameFaults } from '../../shared/port-rules.ts';
import { clusterIpChangeFaults, clusterIpFaults } from './cluster-ip-rules.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckPort, type Service, type ServiceSpec } from './service-kind.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const AFFINITY_SECONDS_MAX = 86_400;
const HINTS_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';
const MODE_ANNOTATION = 'service.kubernetes.io/topology-mode';
const RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'";

/** All rules of a service's own fields; `old` is what is stored, on updates. */
export function validateService(service: Readonly<Service>, old: Readonly<Service> | undefined): FieldError[] {
  const { spec = {} } = service;
  const ports = spec.ports ?? [];
  return [
    ...topologyFaults(service),
    ...(ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...typeDependentFaults(spec),
    ...portListFaults(ports),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...affinityFaults(spec),
    ...clusterIpFaults(spec, old?.spec),
    ...externalIpFaults(spec, old?.spec),
    ...(spec.type !== undefined && TYPES.includes(spec.type) ? [] : [spec.type ? notSupported('spec.type', spec.type, TYPES) : required('spec.type')]),
    ...(spec.type === 'ClusterIP' ? ports.flatMap(({ nodePort = 0 }, index) => (nodePort === 0 ? [] : [forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")])) : []),
    ...repeatedPorts(ports),
    ...sourceRangeFaults(service, old),
    ...balancerFaults(spec),
    ...externalTrafficFaults(spec),
    ...trafficFaults(spec),
  ];
}

/** What may not become of a stored service, before the rules for any. */
export function validateServiceChange({ spec = {} }: Readonly<Service>, { spec: before = {} }: Readonly<Service>): FieldError[] {
  const errors = clusterIpChangeFaults(spec, before);
  if (spec.type === 'LoadBalancer' && before.type === 'LoadBalancer' && spec.loadBalancerClass !== before.loadBalancerClass) errors.push(invalidValue('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set'));
  errors.push(...classFaults(spec));
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(before) && spec.healthCheckNodePort !== before.healthCheckNodePort) errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  return errors;
}

export function validateServiceStatus({ status, spec }: Readonly<Service>, old: Readonly<Service>): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (spec?.type !== 'LoadBalancer' && ingress.length > 0) return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  const before = (old.status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip);
  return ingress.flatMap((one, index) => ingressFaults(one, before, `${path}[${index}]`));
}

function ingressFaults({ ip = '', ipMode, hostname = '' }: Readonly<coreV1.LoadBalancerIngress>, before: readonly string[], path: string): FieldError[] {
  const errors = ip === '' ? [] : legacyIpFaults(ip, `${path}.ip`, before);
  if (ipMode === undefined && ip !== '') errors.push(required(`${path}.ipMode`, 'must be specified when `ip` is set'));
  if (ipMode !== undefined && ip === '') errors.push(forbiddenField(`${path}.ipMode`, 'may not be specified when `ip` is not set'));
  if (ipMode !== undefined && ip !== '' && ipMode !== 'VIP' && ipMode !== 'Proxy') errors.push(notSupported(`${path}.ipMode`, ipMode, ['Proxy', 'VIP']));
  if (hostname === '') return errors;
  errors.push(...subdomainFaults(hostname).map((fault) => invalidValue(`${path}.hostname`, hostname, fault)));
  return isIP(hostname) === 0 ? errors : [...errors, invalidValue(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address')];
}

function topologyFaults({ metadata: { annotations = {} } }: Readonly<Service>): FieldError[] {
  const [hints, mode] = [annotations[HINTS_ANNOTATION], annotations[MODE_ANNOTATION]];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  return [invalidValue(`metadata.annotations[${MODE_ANNOTATION}]`, mode, `must match annotations[${HINTS_ANNOTATION}] when both are specified`)];
}

function typeDependentFaults(spec: Readonly<ServiceSpec>): FieldError[] {
  switch (spec.type) {
    case 'LoadBalancer': case 'NodePort':
      return isHeadless(spec) ? [invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)] : [];
    case 'ExternalName': return externalNameFaults(spec);
    default: return [];
  }
}

function externalNameFaults({ clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' }: Readonly<ServiceSpec>): FieldError[] {
  const unset = (field: string, isSet: boolean): FieldError[] => (isSet ? [forbiddenField(`spec.${field}`, 'may not be set for ExternalName services')] : []);
  const name = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName;
  return [
    ...unset('clusterIPs', clusterIPs.length > 0), ...unset('ipFamilies', ipFamilies.length > 0), ...unset('ipFamilyPolicy', ipFamilyPolicy !== undefined),
    ...(name === '' ? [required('spec.externalName')] : subdomainFaults(name).map((fault) => invalidValue('spec.externalName', name, fault))),
  ];
}

function portListFaults(ports: readonly Readonly<coreV1.ServicePort>[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name = '', port, protocol = '', targetPort, appProtocol }, index) => {
    const path = `spec.ports[${index}]`;
    const repeated = name !== '' && names.has(name);
    names.add(name);
    return [
      ...(name !== '' ? labelNameFaults(name, `${path}.name`) : ports.length > 1 ? [required(`${path}.name`)] : []), ...(repeated ? [duplicate(`${path}.name`, name)] : []),
      ...portNumberFaults(port).map((fault) => invalidValue(`${path}.port`, port, fault)),
      ...(protocol === '' ? [required(`${path}.protocol`)] : PORT_PROTOCOLS.includes(protocol) ? [] : [notSupported(`${path}.protocol`, protocol, PORT_PROTOCOLS)]),
      ...targetPortFaults(targetPort, `${path}.targetPort`), ...qualifiedNameFaults(appProtocol, `${path}.appProtocol`),
    ];
  });
}

function targetPortFaults(target: number | string | undefined, path: string): FieldError[] {
  const faults = typeof target === 'string' ? portNameFaults(target) : portNumberFaults(target ?? 0);
  return faults.map((fault) => invalidValue(path, target ?? 0, fault));
}

function affinityFaults({ sessionAffinity = '', sessionAffinityConfig: config }: Readonly<ServiceSpec>): FieldError[] {
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === '') return [required('spec.sessionAffinity')];
  if (!AFFINITIES.includes(sessionAffinity)) return [notSupported('spec.sessionAffinity', sessionAffinity, AFFINITIES)];
  if (sessionAffinity === 'None') return config === undefined ? [] : [forbiddenField(path, 'must not be set when session affinity is None')];
  const why = 'when session affinity type is ClientIP';
  if (config === undefined) return [required(path, why)];
  if (config.clientIP === undefined) return [required(`${path}.clientIP`, why)];
  const { timeoutSeconds: seconds } = config.clientIP;
  if (seconds === undefined) return [required(`${path}.clientIP.timeoutSeconds`, why)];
  return seconds > 0 && seconds <= AFFINITY_SECONDS_MAX ? [] : [invalidValue(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`)];
}

function externalIpFaults({ externalIPs = [] }: Readonly<ServiceSpec>, old: Readonly<ServiceSpec> | undefined): FieldError[] {
  return externalIPs.flatMap((ip, index) => {
    const faults = legacyIpFaults(ip, `spec.externalIPs[${index}]`, old?.externalIPs);
    return faults.length > 0 || isIP(ip) === 0 ? faults : endpointIpFaults(ip, `spec.externalIPs[${index}]`); // what is no address was stored before the rules were strict
  });
}

/** A port, and a port on nodes, is one service's once for each protocol. The value is printed as Go prints the struct. */
function repeatedPorts(ports: readonly Readonly<coreV1.ServicePort>[]): FieldError[] {
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  const isRepeated = (set: Set<string>, key: string): boolean => (set.has(key) ? true : (set.add(key), false));
  return [
    ...ports.flatMap(({ nodePort = 0, protocol }, index) => (nodePort !== 0 && isRepeated(nodePorts, `${protocol}/${nodePort}`) ? [duplicate(`spec.ports[${index}].nodePort`, nodePort)] : [])),
    ...ports.flatMap(({ port, protocol = '' }, index) => (isRepeated(seen, `${protocol}/${port}`) ? [duplicate(`spec.ports[${index}]`, { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 })] : [])),
  ];
}

function sourceRangeFaults({ metadata, spec = {} }: Readonly<Service>, old: Readonly<Service> | undefined): FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotated = metadata.annotations?.[RANGES_ANNOTATION];
  const path = ranges.length > 0 ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${RANGES_ANNOTATION}]`;
  if (ranges.length === 0 && annotated === undefined) return [];
  const errors = spec.type === 'LoadBalancer' ? [] : [forbiddenField(path, ONLY_BALANCERS)];
  if (ranges.length > 0) return [...errors, ...ranges.flatMap((range, index) => legacyCidrFaults(range.trim(), `${path}[${index}]`, old?.spec?.loadBalancerSourceRanges?.map((one) => one.trim())))];
  const text = annotated?.trim() ?? '';
  if (text === '' || old?.metadata.annotations?.[RANGES_ANNOTATION] === annotated) return errors;
  return [...errors, ...text.split(',').flatMap((range) => legacyCidrFaults(range.trim(), path, undefined))];
}

function balancerFaults(spec: Readonly<ServiceSpec>): FieldError[] {
  const isBalancer = spec.type === 'LoadBalancer';
  return [
    ...(spec.allocateLoadBalancerNodePorts !== undefined && !isBalancer ? [forbiddenField('spec.allocateLoadBalancerNodePorts', ONLY_BALANCERS)] : []),
    ...(spec.allocateLoadBalancerNodePorts === undefined && isBalancer ? [required('allocateLoadBalancerNodePorts')] : []),
    ...classFaults(spec),
  ];
}

function classFaults({ type, loadBalancerClass }: Readonly<ServiceSpec>): FieldError[] {
  if (loadBalancerClass === undefined) return [];
  if (type !== 'LoadBalancer') return [forbiddenField('spec.loadBalancerClass', ONLY_BALANCERS)];
  return labelKeyFaults(loadBalancerClass).map((fault) => invalidValue('spec.loadBalancerClass', loadBalancerClass, fault));
}

function externalTrafficFaults(spec: Readonly<ServiceSpec>): FieldError[] {
  const { externalTrafficPolicy: policy = '', healthCheckNodePort: port = 0 } = spec;
  const path = 'spec.externalTrafficPolicy';
  const errors: FieldError[] = [];
  if (!isExternallyAccessible(spec)) {
    if (policy !== '') errors.push(invalidValue(path, policy, 'may only be set for externally-accessible services'));
  } else if (!TRAFFIC_POLICIES.includes(policy)) errors.push(policy === '' ? required(path) : notSupported(path, policy, TRAFFIC_POLICIES));
  const portPath = 'spec.healthCheckNodePort';
  if (!needsHealthCheckPort(spec)) return port === 0 ? errors : [...errors, invalidValue(portPath, port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")];
  return [...errors, ...(port === 0 ? [required(portPath)] : portNumberFaults(port).map((fault) => invalidValue(portPath, port, fault)))];
}

function trafficFaults({ type, internalTrafficPolicy: policy, trafficDistribution: distribution }: Readonly<ServiceSpec>): FieldError[] {
  const path = 'spec.internalTrafficPolicy';
  return [
    ...(policy === undefined && (type === 'NodePort' || type === 'LoadBalancer' || type === 'ClusterIP') ? [required(path)] : []),
    ...(policy === undefined || TRAFFIC_POLICIES.includes(policy) ? [] : [notSupported(path, policy, TRAFFIC_POLICIES)]),
    ...(distribution === undefined || DISTRIBUTIONS.includes(distribution) ? [] : [notSupported('spec.trafficDistribution', distribution, DISTRIBUTIONS)]),
  ];
}

import type { networkingV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, notSupported, portNameFaults, portNumberFaults, required, validateLabelSelector, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { cidrContains, cidrFaults, parseCidr } from '../shared/ip-rules.ts';
import type { Strategy } from '../strategy.ts';

type NetworkPolicy = networkingV1.NetworkPolicy & KubeObject;

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const POLICY_TYPES = ['Ingress', 'Egress'];

export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  defaults(policy) {
    const spec = (policy.spec ??= { podSelector: {} });
    spec.podSelector ??= {};
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports ?? []) port.protocol ??= 'TCP';
    if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate,
  generationFields: ['spec'],
};

function validate({ spec }: Readonly<NetworkPolicy>): FieldError[] {
  const errors = validateLabelSelector(spec?.podSelector, 'spec.podSelector');
  for (const [index, { ports, from }] of (spec?.ingress ?? []).entries()) errors.push(...ruleFaults(ports ?? [], from ?? [], `spec.ingress[${index}]`, 'from'));
  for (const [index, { ports, to }] of (spec?.egress ?? []).entries()) errors.push(...ruleFaults(ports ?? [], to ?? [], `spec.egress[${index}]`, 'to'));
  const types = spec?.policyTypes ?? [];
  if (types.length > POLICY_TYPES.length) return [...errors, invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  return [...errors, ...types.flatMap((type, index) => (POLICY_TYPES.includes(type) ? [] : [notSupported(`spec.policyTypes[${index}]`, type, POLICY_TYPES)]))];
}

function ruleFaults(ports: readonly networkingV1.NetworkPolicyPort[], peers: readonly networkingV1.NetworkPolicyPeer[], path: string, peersField: string): FieldError[] {
  return [
    ...ports.flatMap((port, index) => portFaults(port, `${path}.ports[${index}]`)),
    ...peers.flatMap((peer, index) => peerFaults(peer, `${path}.${peersField}[${index}]`)),
  ];
}

function portFaults({ port, protocol, endPort }: Readonly<networkingV1.NetworkPolicyPort>, path: string): FieldError[] {
  const errors: FieldError[] = protocol === undefined || PROTOCOLS.includes(protocol) ? [] : [notSupported(`${path}.protocol`, protocol, PROTOCOLS)];
  if (typeof port === 'number') {
    errors.push(...portNumberFaults(port).map((fault) => invalidValue(`${path}.port`, port, fault)));
    if (endPort === undefined) return errors;
    return [...errors, ...(endPort < port ? [invalidValue(`${path}.endPort`, port, 'must be greater than or equal to `port`')] : []), ...portNumberFaults(endPort).map((fault) => invalidValue(`${path}.endPort`, endPort, fault))];
  }
  if (port === undefined) return endPort === undefined ? errors : [...errors, invalidValue(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified')];
  if (endPort !== undefined) errors.push(invalidValue(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
  return [...errors, ...portNameFaults(port).map((fault) => invalidValue(`${path}.port`, port, fault))];
}

function peerFaults({ podSelector, namespaceSelector, ipBlock }: Readonly<networkingV1.NetworkPolicyPeer>, path: string): FieldError[] {
  const errors = [...validateLabelSelector(podSelector, `${path}.podSelector`), ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`)];
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock !== undefined) errors.push(...blockFaults(ipBlock, `${path}.ipBlock`));
  if (!hasSelector && ipBlock === undefined) errors.push(required(path, 'must specify a peer'));
  if (hasSelector && ipBlock !== undefined) errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function blockFaults({ cidr, except = [] }: Readonly<networkingV1.IPBlock>, path: string): FieldError[] {
  if ((cidr ?? '') === '') return [required(`${path}.cidr`)];
  const outer = parseCidr(cidr);
  if (outer === undefined) return cidrFaults(cidr, `${path}.cidr`);
  return except.flatMap((text, index) => {
    const at = `${path}.except[${index}]`;
    const inner = parseCidr(text);
    if (inner === undefined) return cidrFaults(text, at);
    return cidrContains(outer, inner) && inner.prefix > outer.prefix ? [] : [invalidValue(at, text, 'must be a strict subset of `cidr`')];
  });
}

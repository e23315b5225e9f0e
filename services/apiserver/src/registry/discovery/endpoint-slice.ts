import { isIP } from 'node:net';
import type { discoveryV1 } from '@kubernode/api';
import { duplicate, immutableField, invalidValue, labelValueFaults, notSupported, required, subdomainFaults, tooMany, validateLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { endpointIpFaults, ipFaults } from '../shared/ip-rules.ts';
import { labelNameFaults, PORT_PROTOCOLS, qualifiedNameFaults } from '../shared/port-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type EndpointSlice = discoveryV1.EndpointSlice & KubeObject;

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20_000;
const ZONE_HINTS_MAX = 8;
const NODE_HINTS_MAX = 8;
const HOSTNAME_LABEL = 'kubernetes.io/hostname';
const TOPOLOGY_LABELS_MAX = 16;
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];

export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
    showEmptyLists(slice);
  },
  prepareForCreate: (slice) => { dropTopology(slice, undefined); },
  prepareForUpdate: dropTopology,
  validate,
  validateUpdate: (object, old) => [...validate(object), ...immutableField(object.addressType ?? '', old.addressType ?? '', 'addressType')],
  warnings: ({ addressType }) => (addressType === 'FQDN' ? ['addressType: FQDN endpoints are deprecated'] : []),
  generationFields: ['metadata.labels', 'endpoints', 'ports', 'addressType'],
};

/** Only objects from before this version have a topology; of those that change, the node is kept where it was known before. */
function dropTopology(slice: EndpointSlice, old: Readonly<EndpointSlice> | undefined): void {
  if (old !== undefined && jsonEquals(slice.endpoints, old.endpoints)) return;
  const known = new Set((old?.endpoints ?? []).map(({ deprecatedTopology }) => deprecatedTopology?.[HOSTNAME_LABEL]));
  for (const endpoint of slice.endpoints ?? []) {
    const node = endpoint.deprecatedTopology?.[HOSTNAME_LABEL];
    if (endpoint.nodeName === undefined && node !== undefined && known.has(node) && subdomainFaults(node).length === 0) endpoint.nodeName = node;
    delete endpoint.deprecatedTopology;
  }
}

/** Absent lists are shown as null, as Kubernetes does. */
function showEmptyLists(slice: EndpointSlice): void {
  const lists: Record<string, unknown> = slice;
  for (const field of ['endpoints', 'ports']) if (((lists[field] ?? []) as unknown[]).length === 0) lists[field] = null; // decoded by schema: a list or nothing
}

function validate({ addressType = '', ports, endpoints }: Readonly<Partial<EndpointSlice>>): FieldError[] {
  return [
    ...(addressType === '' ? [required('addressType')] : ADDRESS_TYPES.includes(addressType) ? [] : [notSupported('addressType', addressType, ADDRESS_TYPES)]),
    ...portFaults(ports ?? []),
    ...endpointFaults(endpoints ?? [], addressType),
  ];
}

function portFaults(ports: readonly discoveryV1.EndpointPort[]): FieldError[] {
  if (ports.length > PORTS_MAX) return [tooMany('ports', ports.length, PORTS_MAX)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol = '', appProtocol }, index) => {
    const path = `ports[${index}]`;
    const repeated = names.has(name);
    names.add(name);
    return [
      ...(name === '' ? [] : labelNameFaults(name, `${path}.name`)), ...(repeated ? [duplicate(`${path}.name`, name)] : []),
      ...(PORT_PROTOCOLS.includes(protocol) ? [] : [notSupported(`${path}.protocol`, protocol, PORT_PROTOCOLS)]), ...qualifiedNameFaults(appProtocol, `${path}.appProtocol`),
    ];
  });
}

function endpointFaults(endpoints: readonly discoveryV1.Endpoint[], addressType: string): FieldError[] {
  if (endpoints.length > ENDPOINTS_MAX) return [tooMany('endpoints', endpoints.length, ENDPOINTS_MAX)];
  return endpoints.flatMap((endpoint, index) => {
    const path = `endpoints[${index}]`;
    const { nodeName, hostname, hints, deprecatedTopology: topology = {} } = endpoint;
    const labels = Object.keys(topology).length;
    return [
      ...addressFaults(endpoint.addresses ?? [], addressType, `${path}.addresses`),
      ...(nodeName === undefined ? [] : subdomainFaults(nodeName).map((fault) => invalidValue(`${path}.nodeName`, nodeName, fault))),
      ...(labels > TOPOLOGY_LABELS_MAX ? [tooMany(`${path}.deprecatedTopology`, labels, TOPOLOGY_LABELS_MAX)] : []), ...validateLabels(topology, `${path}.deprecatedTopology`),
      ...(hostname === undefined ? [] : labelNameFaults(hostname, `${path}.hostname`)),
      ...(hints === undefined ? [] : hintFaults(hints, `${path}.hints`)),
    ];
  });
}

function addressFaults(addresses: readonly string[], addressType: string, path: string): FieldError[] {
  const errors = addresses.length === 0 ? [required(path, 'must contain at least 1 address')] : addresses.length > ADDRESSES_MAX ? [tooMany(path, addresses.length, ADDRESSES_MAX)] : [];
  return [...errors, ...addresses.flatMap((address, index) => oneAddressFaults(address, addressType, `${path}[${index}]`, path))];
}

function oneAddressFaults(address: string, addressType: string, path: string, listPath: string): FieldError[] {
  if (addressType === 'FQDN') return fqdnFaults(address, path);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  const faults = ipFaults(address, path);
  if (faults.length > 0) return faults;
  const fits = isIP(address) === (addressType === 'IPv4' ? 4 : 6);
  return [...(fits ? [] : [invalidValue(listPath, address, `must be an ${addressType} address`)]), ...endpointIpFaults(address, path)];
}

function fqdnFaults(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  const bare = name.replace(/\.$/, '');
  const faults = subdomainFaults(bare).map((fault) => invalidValue(path, bare, fault));
  if (faults.length > 0) return faults;
  return bare.includes('.') ? [] : [invalidValue(path, bare, 'should be a domain with at least two segments separated by dots')];
}

function hintFaults({ forZones = [], forNodes = [] }: Readonly<discoveryV1.EndpointHints>, path: string): FieldError[] {
  if (forZones.length > ZONE_HINTS_MAX) return [tooMany(`${path}.forZones`, forZones.length, ZONE_HINTS_MAX)];
  const errors = hintNameFaults(forZones, `${path}.forZones`, labelValueFaults);
  if (forNodes.length > NODE_HINTS_MAX) return [...errors, tooMany(`${path}.forNodes`, forNodes.length, NODE_HINTS_MAX)];
  return [...errors, ...hintNameFaults(forNodes, `${path}.forNodes`, subdomainFaults)];
}

function hintNameFaults(hints: readonly { name: string }[], path: string, rule: (name: string) => readonly string[]): FieldError[] {
  const names = new Set<string>();
  return hints.flatMap(({ name }, index) => {
    const at = `${path}[${index}].name`;
    const repeated = names.has(name);
    names.add(name);
    return [...(repeated ? [duplicate(at, name)] : []), ...rule(name).map((fault) => invalidValue(at, name, fault))];
  });
}

import type { coreV1 } from '@kubernode/api';
import { invalidValue, notSupported, portNumberFaults, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { endpointIpFaults, ipFaults } from '../shared/ip-rules.ts';
import { labelNameFaults, PORT_PROTOCOLS, qualifiedNameFaults } from '../shared/port-rules.ts';
import type { Strategy } from '../strategy.ts';

type Endpoints = coreV1.Endpoints & KubeObject;

export const endpointsStrategy: Strategy<Endpoints> = {
  judgesMetadataAgain: true,
  defaults(endpoints) {
    for (const { ports } of endpoints.subsets ?? []) for (const port of ports ?? []) if ((port.protocol ?? '') === '') port.protocol = 'TCP';
  },
  validate: ({ subsets }) => (subsets ?? []).flatMap((subset, index) => subsetFaults(subset, `subsets[${index}]`)),
  allowCreateOnUpdate: true,
};

function subsetFaults({ addresses = [], notReadyAddresses = [], ports = [] }: Readonly<coreV1.EndpointSubset>, path: string): FieldError[] {
  return [
    ...(addresses.length === 0 && notReadyAddresses.length === 0 ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...addresses.flatMap((address, index) => addressFaults(address, `${path}.addresses[${index}]`)),
    ...notReadyAddresses.flatMap((address, index) => addressFaults(address, `${path}.notReadyAddresses[${index}]`)),
    ...ports.flatMap((port, index) => portFaults(port, ports.length > 1, `${path}.ports[${index}]`)),
  ];
}

function addressFaults({ ip, hostname, nodeName }: Readonly<coreV1.EndpointAddress>, path: string): FieldError[] {
  return [
    ...ipFaults(ip, `${path}.ip`), ...(hostname === undefined || hostname === '' ? [] : labelNameFaults(hostname, `${path}.hostname`)),
    ...(nodeName === undefined ? [] : subdomainFaults(nodeName).map((fault) => invalidValue(`${path}.nodeName`, nodeName, fault))), ...endpointIpFaults(ip, `${path}.ip`),
  ];
}

function portFaults({ name = '', port, protocol = '', appProtocol }: Readonly<coreV1.EndpointPort>, needsName: boolean, path: string): FieldError[] {
  return [
    ...(name !== '' ? labelNameFaults(name, `${path}.name`) : needsName ? [required(`${path}.name`)] : []),
    ...portNumberFaults(port).map((fault) => invalidValue(`${path}.port`, port, fault)),
    ...(protocol === '' ? [required(`${path}.protocol`)] : PORT_PROTOCOLS.includes(protocol) ? [] : [notSupported(`${path}.protocol`, protocol, PORT_PROTOCOLS)]),
    ...qualifiedNameFaults(appProtocol, `${path}.appProtocol`),
  ];
}

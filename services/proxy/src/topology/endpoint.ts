import type { discoveryV1 } from '@kubernode/api';
import { readIp, type IpFamily } from '@kubernode/apimachinery';
import type { Protocol, ServicePort } from './service-port.ts';

/** One address behind a service port, as its slices tell of it. */
export interface Endpoint {
  ip: string;
  port: number;
  /** `ip:port`, the ip in brackets when it is an IPv6 address. */
  address: string;
  /** On this node. */
  isLocal: boolean;
  ready: boolean;
  /** Ready, also while it ends. */
  serving: boolean;
  terminating: boolean;
  zoneHints: readonly string[];
  nodeHints: readonly string[];
}

export type Slices = readonly Readonly<discoveryV1.EndpointSlice>[];

/** All endpoints of a port in all slices of its service, once each, sorted by address. Pure. */
export function endpointsOf(port: ServicePort, slices: Slices, { family, nodeName }: { family: IpFamily; nodeName: string }): readonly Endpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    for (const slicePort of slice.ports ?? []) {
      if ((slicePort.name ?? '') !== port.portName || protocolOf(slicePort.protocol) !== port.protocol || slicePort.port === undefined || slicePort.port === 0) continue; // no number stands for all ports, which no rule can say
      for (const one of slice.endpoints ?? []) {
        const endpoint = readEndpoint(one, slicePort.port, nodeName);
        if (endpoint === undefined) continue;
        if (!byAddress.has(endpoint.address) || !endpoint.terminating) byAddress.set(endpoint.address, endpoint); // a new pod may have got the address of one that ends
      }
    }
  }
  return [...byAddress.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function readEndpoint({ addresses: [address = ''], nodeName, conditions, hints }: discoveryV1.Endpoint, port: number, ownNode: string): Endpoint | undefined {
  const ip = readIp(address)?.text;
  if (ip === undefined) return undefined;
  return {
    ip, port, address: ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`,
    isLocal: nodeName !== undefined && nodeName === ownNode,
    ready: conditions?.ready !== false, serving: conditions?.serving !== false, terminating: conditions?.terminating === true,
    zoneHints: (hints?.forZones ?? []).map(({ name }) => name), nodeHints: (hints?.forNodes ?? []).map(({ name }) => name),
  };
}

export function protocolOf(protocol: string | undefined): Protocol {
  return (protocol ?? 'TCP').toLowerCase() as Protocol; // the API server validates it
}

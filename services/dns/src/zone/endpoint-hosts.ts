import type { discoveryV1 } from '@kubernode/api';
import { addressRecords } from './address-records.ts';
import type { ZoneRecord } from './zone-view.ts';

/** An endpoint of a headless service under the name it has below the service's. */
export interface EndpointHost { address: string; hostname: string; ports: readonly { name?: string | undefined; protocol?: string | undefined; port: number }[] }

/** The endpoints that are served: ready ones, or all where the service publishes them. */
export function readyHosts(slices: readonly Readonly<discoveryV1.EndpointSlice>[], publishNotReady: boolean): EndpointHost[] {
  return slices.filter((slice) => slice.addressType !== 'FQDN').flatMap((slice) => (slice.endpoints ?? [])
    .filter((endpoint) => publishNotReady || endpoint.conditions?.ready !== false)
    .flatMap((endpoint) => endpoint.addresses.map((address) => ({
      address, hostname: endpoint.hostname ?? address.replaceAll(/[.:]/g, '-'),
      ports: (slice.ports ?? []).flatMap((port) => (port.port === undefined ? [] : [{ name: port.name, protocol: port.protocol, port: port.port }])),
    }))));
}

export function hostRecords(name: string, type: string, hosts: readonly EndpointHost[]): ZoneRecord[] {
  return addressRecords(name, type, [...new Set(hosts.map((host) => host.address))]);
}

import type { discoveryV1 } from '@kubernode/api';

/** An endpoint under the name it has below its service's. */
export interface EndpointHost { address: string; hostname: string; ports: readonly { name?: string | undefined; protocol?: string | undefined; port: number }[] }

/** The endpoints that are served: ready ones, or all where the service publishes them. */
export function readyHosts(slices: readonly Readonly<discoveryV1.EndpointSlice>[], publishNotReady: boolean): EndpointHost[] {
  return slices.filter((slice) => slice.addressType !== 'FQDN').flatMap((slice) => (slice.endpoints ?? [])
    .filter((endpoint) => publishNotReady || endpoint.conditions?.ready !== false)
    .flatMap((endpoint) => endpoint.addresses.map((address) => ({
      address, hostname: endpoint.hostname ?? dashed(address),
      ports: (slice.ports ?? []).flatMap((port) => (port.port === undefined ? [] : [{ name: port.name, protocol: port.protocol, port: port.port }])),
    }))));
}

/** No label may end in a dash, as `fd00::` would. */
function dashed(address: string): string {
  const name = address.replaceAll(/[.:]/g, '-');
  return name.endsWith('-') ? `${name}0` : name;
}

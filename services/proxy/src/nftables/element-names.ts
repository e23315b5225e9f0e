import type { IpFamily } from '@kubernode/apimachinery';
import { nameHash } from '@kubernode/netfilter';
import type { Endpoint } from '../topology/endpoint.ts';
import type { ServicePort } from '../topology/service-port.ts';

/** nft allows 255 characters in names; kube-proxy leaves 16 of 256 for prefixes. */
const BASE_CHARACTERS_MAX = 240;
const HASH_CHARACTERS = 8;

/** A family as nft calls it. */
export function nftFamily(family: IpFamily): 'ip' | 'ip6' { return family === 'IPv4' ? 'ip' : 'ip6'; }

type PortPrefix = 'service-' | 'local-' | 'external-' | 'firewall-';
type NamedPort = Pick<ServicePort, 'namespace' | 'service' | 'protocol' | 'portName'>;

/** `PREFIX-HASH-namespace/service/protocol/port`, as kube-proxy names a port's chains. */
export function portChain(prefix: PortPrefix, { namespace, service, protocol, portName }: NamedPort): string {
  return prefix + hashed(`${namespace}/${service}/${protocol}/${portName}`);
}

/** The chain of an endpoint, or the set of clients that stay with it; IPv6's colons become dots, as names may not have them. */
export function endpointName(prefix: 'endpoint-' | 'affinity-', { namespace, service, protocol, portName }: NamedPort, { ip, port }: Pick<Endpoint, 'ip' | 'port'>): string {
  return prefix + hashed(`${namespace}/${service}/${protocol}/${portName}__${ip.replaceAll(':', '.')}/${port}`);
}

/** Chains of ports and endpoints have slashes, all others of the table have none. */
export const isPortChain = (chain: string): boolean => chain.includes('/');

function hashed(name: string): string {
  const full = `${nameHash(name).slice(0, HASH_CHARACTERS)}-${name}`;
  return full.length > BASE_CHARACTERS_MAX ? `${full.slice(0, BASE_CHARACTERS_MAX - 3)}...` : full;
}

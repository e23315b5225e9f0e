import { networkInterfaces } from 'node:os';
import type { ApiServerConfig } from './options.ts';

type Addressed = Pick<ApiServerConfig, 'advertiseAddress' | 'bindAddress'>;

/** The address that is told to others, as far as flags and the host's own addresses say. */
export function advertisedAddress({ advertiseAddress, bindAddress }: Addressed): string {
  return advertiseAddress ?? (isUnspecified(bindAddress) ? ownAddresses()[0] ?? '127.0.0.1' : bindAddress);
}

/** Host and port by which others reach this server. */
export function externalAddress(config: Addressed & Pick<ApiServerConfig, 'advertisePort' | 'securePort'>): string {
  const address = advertisedAddress(config);
  return `${address.includes(':') ? `[${address}]` : address}:${config.advertisePort || config.securePort}`;
}

/** The host's IPv4 addresses but loopback. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address));
}

function isUnspecified(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

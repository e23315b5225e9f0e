import { networkInterfaces } from 'node:os';

/** IPv4 addresses under which others reach this host, without loopback and without bridges that clusters made. */
export function hostAddresses(): readonly string[] {
  return Object.entries(networkInterfaces())
    .filter(([link]) => !/^(kn\d|cni|docker|veth|br-)/.test(link))
    .flatMap(([, list]) => list ?? [])
    .filter((one) => one.family === 'IPv4' && !one.internal)
    .map((one) => one.address);
}

import { containsIp, parseCidr, parseIp, type IpFamily } from '@kubernode/apimachinery';
import { addressesOf, rangesOf } from './of-family.ts';

/** Where node ports are served: everywhere, or on these addresses of the node. */
export type NodePortAddresses = { everywhere: true } | { everywhere: false; addresses: readonly string[] };

/** Chooses the node's own addresses that lie in the given ranges; all when none is given for the family. Pure. */
export function nodePortAddresses(ranges: readonly string[], ownAddresses: readonly string[], family: IpFamily): NodePortAddresses {
  const wanted = rangesOf(family, ranges);
  if (wanted.length === 0 || wanted.some((range) => range.endsWith('/0'))) return { everywhere: true };
  return { everywhere: false, addresses: [...new Set(addressesOf(family, ownAddresses))].filter((address) => inRanges(address, wanted)).sort() };
}

/** Whether an address lies in one of the ranges. */
export function inRanges(address: string, ranges: readonly string[]): boolean {
  const ip = parseIp(address);
  return ip !== undefined && ranges.some((text) => {
    const range = parseCidr(text);
    return range !== undefined && containsIp(range, ip);
  });
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

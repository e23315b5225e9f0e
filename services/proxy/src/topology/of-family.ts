import { ipFamilyOf, parseCidr, readIp, formatCidr, type IpFamily } from '@kubernode/apimachinery';

/** Each family has rules, programs and tables of its own; nothing is forwarded between them. */
export const ipFamilies: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** The addresses of one family in their canonical form and in their order; what is none is left out, as kube-proxy does. */
export function addressesOf(family: IpFamily, addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((text) => {
    const ip = readIp(text);
    return ip?.family === family ? [ip.text] : [];
  });
}

/** The same for ranges; an API older than its validation lets blanks stand around them. */
export function rangesOf(family: IpFamily, ranges: readonly string[]): readonly string[] {
  return ranges.flatMap((text) => {
    const range = parseCidr(text.trim());
    return range !== undefined && ipFamilyOf(range) === family ? [formatCidr(range)] : [];
  });
}

import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net';
import { invalidValue, type FieldError } from '@kubernode/apimachinery';

const IP_FAULT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const CIDR_FAULT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const IPV4_BITS = 32;
const IPV6_BITS = 128;

export interface Cidr { address: string; prefix: number; family: 'ipv4' | 'ipv6' }

export function ipFaults(ip: string, path: string): FieldError[] {
  return isIP(ip) === 0 ? [invalidValue(path, ip, IP_FAULT)] : [];
}

/** An address in the one form that is expected of new fields. */
export function canonicalIpFaults(ip: string): string[] {
  if (isIP(ip) === 0) return [IP_FAULT];
  const canonical = canonicalIp(ip);
  return canonical === ip ? [] : [`must be in canonical form ("${canonical}")`];
}

export function canonicalIp(ip: string): string {
  return new SocketAddress({ address: ip, family: isIPv4(ip) ? 'ipv4' : 'ipv6' }).address;
}

export function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  const prefix = Number(bits);
  if (rest.length > 0 || family === 0 || !/^\d{1,3}$/.test(bits) || prefix > (family === 4 ? IPV4_BITS : IPV6_BITS)) return undefined;
  return { address, prefix, family: family === 4 ? 'ipv4' : 'ipv6' };
}

export function cidrFaults(text: string, path: string): FieldError[] {
  return parseCidr(text) === undefined ? [invalidValue(path, text, CIDR_FAULT)] : [];
}

/** For fields that take a network in its one form: no bits behind the prefix. */
export function canonicalCidrFaults(text: string, path: string): FieldError[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) return [invalidValue(path, text, CIDR_FAULT)];
  if (networkOf(cidr) !== canonicalIp(cidr.address)) return [invalidValue(path, text, 'must not have bits set beyond the prefix length')];
  const canonical = `${networkOf(cidr)}/${cidr.prefix}`;
  return canonical === text ? [] : [invalidValue(path, text, `must be in canonical form ("${canonical}")`)];
}

export function cidrContains(outer: Cidr, inner: Cidr): boolean {
  return outer.family === inner.family && listOf(outer).check(inner.address, inner.family);
}

/** The address with all bits behind the prefix cleared. */
function networkOf({ address, prefix, family }: Cidr): string {
  const groups = family === 'ipv4' ? canonicalIp(address).split('.').map(Number) : ipv6Groups(canonicalIp(address));
  const width = family === 'ipv4' ? 8 : 16;
  const masked = groups.map((group, index) => {
    const keep = Math.min(Math.max(prefix - index * width, 0), width);
    return group & (((1 << width) - 1) << (width - keep)) & ((1 << width) - 1);
  });
  return canonicalIp(family === 'ipv4' ? masked.join('.') : masked.map((group) => group.toString(16)).join(':'));
}

function ipv6Groups(address: string): number[] {
  const [head = '', tail] = withHexTail(address).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].map((group) => parseInt(group, 16));
}

/** `::ffff:1.2.3.4` → `::ffff:102:304` */
function withHexTail(address: string): string {
  const match = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (match === null) return address;
  const [, head = '', ...parts] = match;
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return `${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function listOf({ address, prefix, family }: Cidr): BlockList {
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list;
}

/** Ranges that no endpoint may be in, with their faults. */
const BARRED: readonly (readonly [list: BlockList, fault: (ip: string) => string])[] = [
  [blockList(['0.0.0.0/32', '::/128']), (ip) => `may not be unspecified (${ip})`],
  [blockList(['127.0.0.0/8', '::1/128']), () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [blockList(['169.254.0.0/16', 'fe80::/10']), () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [blockList(['224.0.0.0/24', 'ff02::/16']), () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

export function endpointIpFaults(ip: string, path: string): FieldError[] {
  if (isIP(ip) === 0) return [invalidValue(path, ip, 'must be a valid IP address')];
  const family = isIPv4(ip) ? 'ipv4' : 'ipv6';
  return BARRED.filter(([list]) => list.check(ip, family)).map(([, fault]) => invalidValue(path, ip, fault(ip)));
}

function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of cidrs) {
    const cidr = parseCidr(text);
    if (cidr !== undefined) list.addSubnet(cidr.address, cidr.prefix, cidr.family);
  }
  return list;
}

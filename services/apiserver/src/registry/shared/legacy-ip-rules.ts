import { isIP, isIPv6 } from 'node:net';
import { invalidValue, type FieldError } from '@kubernode/apimachinery';
import { canonicalIp, ipFaults, parseCidr, canonicalCidrFaults, cidrFaults } from './ip-rules.ts';

/*
 * Fields that are older than the strict rules of addresses: what is stored stays valid, new values have to be plain but need not be canonical.
 */

export function legacyIpFaults(ip: string, path: string, old: readonly string[] | undefined): FieldError[] {
  if (old?.includes(ip) === true) return [];
  const plain = withoutLeadingZeros(ip);
  if (isIP(plain) === 0) return ipFaults(ip, path);
  if (plain !== ip) return [invalidValue(path, ip, 'must not have leading 0s')];
  return isMapped(ip) ? [invalidValue(path, ip, 'must not be an IPv4-mapped IPv6 address')] : [];
}

export function legacyCidrFaults(cidr: string, path: string, old: readonly string[] | undefined): FieldError[] {
  if (old?.includes(cidr) === true) return [];
  const [address = '', prefix = ''] = cidr.split('/');
  const plain = `${withoutLeadingZeros(address)}/${prefix.replace(/^0+(?=\d)/, '')}`;
  if (parseCidr(plain) === undefined || !cidr.includes('/')) return cidrFaults(cidr, path);
  if (plain !== cidr) return [invalidValue(path, cidr, 'must not have leading 0s in IP or prefix length')];
  if (isMapped(address)) return [invalidValue(path, cidr, 'must not have an IPv4-mapped IPv6 address')];
  return canonicalCidrFaults(cidr, path).filter(({ message }) => message.endsWith('must not have bits set beyond the prefix length'));
}

/** What is valid but could be said better. */
export function ipWarnings(ip: string, path: string): string[] {
  const plain = withoutLeadingZeros(ip);
  if (isIP(plain) === 0) return [];
  if (plain !== ip || isMapped(ip)) return [`${path}: non-standard IP address ${JSON.stringify(ip)} is invalid: use ${JSON.stringify(mappedTail(plain) ?? plain)}`];
  if (!isIPv6(ip) || canonicalIp(ip) === ip) return [];
  return [`${path}: IPv6 address ${JSON.stringify(ip)} should be in RFC 5952 canonical format (${JSON.stringify(canonicalIp(ip))})`];
}

export function cidrWarnings(cidr: string, path: string): string[] {
  const parsed = parseCidr(cidr);
  if (parsed?.family !== 'ipv6') return [];
  const canonical = `${canonicalIp(parsed.address)}/${parsed.prefix}`;
  return canonical === cidr ? [] : [`${path}: IPv6 CIDR value ${JSON.stringify(cidr)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`];
}

/** Go's old parser took `010.1.1.1` as decimal. */
function withoutLeadingZeros(ip: string): string {
  return /^[\d.]+$/.test(ip) ? ip.split('.').map((part) => part.replace(/^0+(?=\d)/, '')).join('.') : ip;
}

function isMapped(ip: string): boolean {
  return mappedTail(ip) !== undefined;
}

/** The IPv4 address inside an IPv6 one. */
function mappedTail(ip: string): string | undefined {
  return isIPv6(ip) ? /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonicalIp(ip))?.[1] : undefined;
}

import { formatIp, parseIp, type IpAddress } from './ip-address.ts';

/** A range of addresses: the first one and how many leading bits all share. */
export interface Cidr { bits: 32 | 128; first: bigint; prefix: number }

/** Undefined for what is no range; bits behind the prefix are dropped. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || rest.length > 0 || !/^\d+$/.test(length) || Number(length) > ip.bits) return undefined;
  return cidrOf(ip, Number(length));
}

/** The range of `prefix` bits that an address is in. */
export function cidrOf({ bits, value }: IpAddress, prefix: number): Cidr {
  const free = BigInt(bits - prefix);
  return { bits, first: (value >> free) << free, prefix };
}

export function formatCidr({ bits, first, prefix }: Cidr): string { return `${formatIp({ bits, value: first })}/${prefix}`; }

export function lastOfCidr({ bits, first, prefix }: Cidr): bigint { return first + (1n << BigInt(bits - prefix)) - 1n; }

export function containsIp(cidr: Cidr, { bits, value }: IpAddress): boolean {
  return bits === cidr.bits && value >= cidr.first && value <= lastOfCidr(cidr);
}

/** Whether `outer` has all of `inner`. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.bits === inner.bits && outer.prefix <= inner.prefix && containsIp(outer, { bits: inner.bits, value: inner.first });
}

export function overlapsCidr(a: Cidr, b: Cidr): boolean { return containsCidr(a, b) || containsCidr(b, a); }

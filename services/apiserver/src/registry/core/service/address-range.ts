import { isIPv6 } from 'node:net';
import type { Rng } from '@kubernode/base';
import { canonicalIp, parseCidr } from '../../shared/ip-rules.ts';
import type { IpFamily } from './ip-families.ts';

/** The lowest part of a range is given out last, so that people may choose from it by hand: a sixteenth, within these bounds. */
const HAND_PICKED = { min: 16, max: 256, share: 16 };

/** Addresses that services may have, as numbers. */
export interface AddressRange {
  readonly cidr: string;
  readonly family: IpFamily;
  /** The network's own address. */
  readonly network: bigint;
  /** The first and the last that may be given out. */
  readonly first: bigint;
  readonly last: bigint;
}

export function addressRange(cidr: string): AddressRange | undefined {
  const parsed = parseCidr(cidr);
  if (parsed === undefined) return undefined;
  const bits = parsed.family === 'ipv4' ? 32 : 128;
  const size = 1n << BigInt(bits - parsed.prefix);
  const network = addressToNumber(parsed.address) / size * size;
  const broadcast = parsed.family === 'ipv4' ? 1n : 0n; // IPv6 has none
  return { cidr, family: parsed.family === 'ipv4' ? 'IPv4' : 'IPv6', network, first: network + 1n, last: network + size - 1n - broadcast };
}

export function rangeContains({ family, first, last }: AddressRange, ip: string): boolean {
  if ((family === 'IPv6') !== isIPv6(ip)) return false;
  const number = addressToNumber(ip);
  return number >= first && number <= last;
}

/** Every address of the range once: from somewhere in the upper part round it, then round the part for hand-picked ones. */
export function* candidates({ first, last, family }: AddressRange, rng: Rng): Iterable<string> {
  const size = last - first + 1n;
  const kept = handPicked(size);
  for (const [low, count] of [[first + kept, size - kept], [first, kept]] as const) {
    const start = randomBelow(count, rng);
    for (let step = 0n; step < count; step++) yield numberToAddress(low + (start + step) % count, family);
  }
}

function handPicked(size: bigint): bigint {
  if (size <= BigInt(HAND_PICKED.min)) return 0n;
  const share = size / BigInt(HAND_PICKED.share);
  return share < BigInt(HAND_PICKED.min) ? BigInt(HAND_PICKED.min) : share > BigInt(HAND_PICKED.max) ? BigInt(HAND_PICKED.max) : share;
}

/** Evenly for ranges up to 2⁵³, which is all of what IPv4 and sensible IPv6 ranges have. */
function randomBelow(count: bigint, rng: Rng): bigint {
  if (count <= 0n) return 0n;
  const bounded = count > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : count;
  return BigInt(Math.floor(rng.next() * Number(bounded)));
}

export function addressToNumber(ip: string): bigint {
  if (!isIPv6(ip)) return ip.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n);
  const [head = '', tail] = ip.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? halvesOf(group) : [group])));
  const [left, right] = [groups(head), tail === undefined ? [] : groups(tail)];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n);
}

export function numberToAddress(number: bigint, family: IpFamily): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 255n)).join('.');
  return canonicalIp(Array.from({ length: 8 }, (_, index) => ((number >> BigInt(112 - 16 * index)) & 65_535n).toString(16)).join(':'));
}

/** `1.2.3.4` as two groups of an IPv6 address. */
function halvesOf(ip: string): string[] {
  const number = addressToNumber(ip);
  return [(number >> 16n).toString(16), (number & 65_535n).toString(16)];
}

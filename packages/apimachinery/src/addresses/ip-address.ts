/** An address as a number, with how many bits its family has. IPv4 in IPv6's clothes (`::ffff:1.2.3.4`) is IPv4, as in Go. */
export interface IpAddress { bits: 32 | 128; value: bigint }

export type IpFamily = 'IPv4' | 'IPv6';

const MAPPED_IPV4 = 0xffffn << 32n;

/** Undefined for what is no address. Leading zeros of IPv4's parts are decimal, as Kubernetes still reads them. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const value = ipv4Value(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = ipv6Value(text);
  if (value === undefined) return undefined;
  return value >> 32n === MAPPED_IPV4 >> 32n ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

const CANONICAL_IPV4 = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** The canonical text of an address and its family; quick for what most addresses look like. Undefined for what is no address. */
export function readIp(text: string): { text: string; family: IpFamily } | undefined {
  if (CANONICAL_IPV4.test(text)) return { text, family: 'IPv4' };
  const ip = parseIp(text);
  return ip && { text: formatIp(ip), family: ipFamilyOf(ip) };
}

export function ipFamilyOf({ bits }: { bits: 32 | 128 }): IpFamily { return bits === 32 ? 'IPv4' : 'IPv6'; }

/** The canonical text: no leading zeros, IPv6's longest run of zeros as `::`. */
export function formatIp({ bits, value }: IpAddress): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - i * 16)) & 0xffffn).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function ipv4Value(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d+$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(Number(part)), 0n);
}

function ipv6Value(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [groupsOf(halves[0] ?? ''), groupsOf(halves[1] ?? '')];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0n), ...tail].reduce((sum, group) => (sum << 16n) + group, 0n);
}

/** Groups of 16 bits; the last may be an IPv4 address, which is two. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  for (const part of text.split(':')) {
    const embedded = part.includes('.') ? ipv4Value(part) : undefined;
    if (embedded !== undefined) groups.push(embedded >> 16n, embedded & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

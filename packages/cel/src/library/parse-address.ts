/** An IP address. */
export interface Address {
  value: bigint;
  bits: 32 | 128;
  /** Written with a zone, as in `fe80::1%eth0`. */
  zone: boolean;
  /** An IPv4 address in IPv6's clothes: `::ffff:1.2.3.4`. */
  mapped: boolean;
}

/** An address of either family, or what Go's netip says is wrong with it. */
export function parseAddress(text: string): Address | string {
  const kind = /[.:%]/.exec(text)?.[0];
  if (kind === '.') return parseV4(text);
  if (kind === ':') return parseV6(text);
  return kind === '%' ? 'missing IPv6 address' : 'unable to parse IP';
}

/** The canonical text: zeros compressed, lower case. */
export function formatAddress({ value, bits }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function parseV4(text: string): Address | string {
  const parts = text.split('.');
  let value = 0n;
  for (const [i, part] of parts.entries()) {
    if (/[^0-9]/.test(part)) return `unexpected character (at "${text.slice(text.search(/[^0-9.]/))}")`;
    if (part === '') return `IPv4 field must have at least one digit${i < 4 && parts.length <= 4 ? ` (at "${parts.slice(i).join('.')}")` : ''}`;
    if (part.length > 1 && part.startsWith('0')) return 'IPv4 field has octet with leading zero';
    if (Number(part) > 255) return 'IPv4 field has value >255';
    if (i > 3) return 'IPv4 address too long';
    value = value * 256n + BigInt(part);
  }
  return parts.length < 4 ? 'IPv4 address too short' : { value, bits: 32, zone: false, mapped: false };
}

function parseV6(text: string): Address | string {
  const [address = '', zone] = text.split(/%(.*)/s, 2);
  if (zone === '') return 'zone must be a non-empty string';
  const halves = address.split('::');
  if (halves.length > 2) return `multiple :: in address (at "${address.slice(address.indexOf('::', address.indexOf('::') + 2) + 1)}")`;
  const groups = halves.map((half) => (half === '' ? [] : groupsOf(half)));
  const bad = groups.find((half) => typeof half === 'string');
  if (typeof bad === 'string') return bad;
  const [head = [], tail = []] = groups as number[][]; // texts were just ruled out
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 && missing > 0) return 'address string too short';
  if (missing < (halves.length === 2 ? 1 : 0)) return halves.length === 2 ? 'the :: must expand to at least one field of zeros' : 'trailing garbage after address';
  const all = [...head, ...new Array<number>(halves.length === 2 ? missing : 0).fill(0), ...tail];
  const value = all.reduce((sum, group) => sum * 65536n + BigInt(group), 0n);
  return { value, bits: 128, zone: zone !== undefined, mapped: value >> 32n === 0xffffn };
}

/** 16-bit groups between colons; the last may be an IPv4 address. */
function groupsOf(half: string): number[] | string {
  const groups: number[] = [];
  const parts = half.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.') && i === parts.length - 1) {
      const v4 = parseV4(part);
      if (typeof v4 === 'string') return v4;
      groups.push(Number(v4.value >> 16n), Number(v4.value & 0xffffn));
    } else if (part === '') return 'each colon-separated field must have at least one digit';
    else if (/[^0-9a-fA-F]/.test(part)) return 'unexpected character, want colon';
    else if (part.length > 4) return 'each group must have 4 or fewer digits';
    else groups.push(Number.parseInt(part, 16));
  }
  return groups;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === '0') end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}

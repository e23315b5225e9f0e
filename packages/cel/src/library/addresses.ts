import { goQuote } from '@kubernode/apimachinery';
import { PER_CHARACTER, readingCost } from '../cost/units.ts';
import { opaqueType, type CelType } from '../types/cel-type.ts';
import { CelError, Opaque, type Result, type Value } from '../values/value.ts';
import { bool, int, member, plain, string, type Arg, type FunctionEntry } from './define.ts';
import { formatAddress, parseAddress, type Address } from './parse-address.ts';

export const ipType: CelType = opaqueType('net.IP');
export const cidrType: CelType = opaqueType('net.CIDR');

class Ip extends Opaque {
  readonly type: CelType = ipType;
  readonly address: Address;

  constructor(address: Address) {
    super();
    this.address = address;
  }

  equals(other: Opaque): boolean {
    return other instanceof Ip && other.address.bits === this.address.bits && other.address.value === this.address.value;
  }
}

class Cidr extends Opaque {
  readonly type: CelType = cidrType;
  readonly address: Address;
  /** bits */
  readonly prefix: number;

  constructor(address: Address, prefix: number) {
    super();
    this.address = address;
    this.prefix = prefix;
  }

  equals(other: Opaque): boolean {
    return other instanceof Cidr && other.prefix === this.prefix && other.address.bits === this.address.bits && other.address.value === this.address.value;
  }

  contains(address: Address): boolean {
    return address.bits === this.address.bits && network(address, this.prefix) === network(this.address, this.prefix);
  }
}

const ip: Arg<Ip> = ipType;
const cidr: Arg<Cidr> = cidrType;
const reading = ([text]: readonly Value[]): number => readingCost(text);
const BASE_CONTAINS_COST = Math.ceil(2 * PER_CHARACTER); // an address counts as one unit

/** IP addresses and networks, both families. */
export const addresses: readonly FunctionEntry[] = [
  ['ip', [plain('string_to_ip', [string], ip, toIp, reading), member('cidr_ip', [cidr], ip, ({ address }) => new Ip(address))]],
  ['isIP', [plain('is_ip', [string], bool, (text) => toIp(text) instanceof Ip, reading)]],
  ['ip.isCanonical', [plain('ip_is_canonical', [string], bool, (text) => { const value = toIp(text); return value instanceof Ip ? formatAddress(value.address) === text : value; }, ([text]) => readingCost(text, 2))]],
  ['family', [member('ip_family', [ip], int, ({ address }) => (address.bits === 32 ? 4n : 6n))]],
  ['isUnspecified', [member('ip_is_unspecified', [ip], bool, ({ address }) => address.value === 0n)]],
  ['isLoopback', [member('ip_is_loopback', [ip], bool, ({ address }) => (address.bits === 32 ? network(address, 8) === 127n : address.value === 1n))]],
  ['isLinkLocalMulticast', [member('ip_is_link_local_multicast', [ip], bool, ({ address }) => (address.bits === 32 ? network(address, 24) === 0xe00000n : (network(address, 16) & 0xff0fn) === 0xff02n))]],
  ['isLinkLocalUnicast', [member('ip_is_link_local_unicast', [ip], bool, ({ address }) => isLinkLocalUnicast(address))]],
  ['isGlobalUnicast', [member('ip_is_global_unicast', [ip], bool, ({ address }) => isGlobalUnicast(address))]],
  ['cidr', [plain('string_to_cidr', [string], cidr, toCidr, reading)]],
  ['isCIDR', [plain('is_cidr', [string], bool, (text) => toCidr(text) instanceof Cidr, reading)]],
  ['containsIP', [
    member('cidr_contains_ip_string', [cidr, string], bool, (range, text) => { const value = toIp(text); return value instanceof Ip ? range.contains(value.address) : value; }, ([, text]) => BASE_CONTAINS_COST + readingCost(text)),
    member('cidr_contains_ip_ip', [cidr, ip], bool, (range, { address }) => range.contains(address), () => BASE_CONTAINS_COST),
  ]],
  ['containsCIDR', [
    member('cidr_contains_cidr_string', [cidr, string], bool, (range, text) => { const value = toCidr(text); return value instanceof Cidr ? within(range, value) : value; }, ([, text]) => BASE_CONTAINS_COST + 2 + readingCost(text)),
    member('cidr_contains_cidr', [cidr, cidr], bool, within, () => BASE_CONTAINS_COST + 2),
  ]],
  ['prefixLength', [member('cidr_prefix_length', [cidr], int, ({ prefix }) => BigInt(prefix))]],
  ['masked', [member('cidr_masked', [cidr], cidr, ({ address, prefix }) => new Cidr({ ...address, value: network(address, prefix) << BigInt(address.bits - prefix) }, prefix))]],
  ['string', [plain('ip_to_string', [ip], string, ({ address }) => formatAddress(address)), plain('cidr_to_string', [cidr], string, ({ address, prefix }) => `${formatAddress(address)}/${prefix}`)]],
];

/** The first `prefix` bits as a number. */
function network({ value, bits }: Address, prefix: number): bigint {
  return value >> BigInt(bits - prefix);
}

function within(range: Cidr, part: Cidr): boolean {
  return range.prefix <= part.prefix && range.contains(part.address);
}

function isLinkLocalUnicast(address: Address): boolean {
  return address.bits === 32 ? network(address, 16) === 0xa9fen : network(address, 10) === 0x3fan;
}

function isGlobalUnicast(address: Address): boolean {
  const { bits, value } = address;
  if (value === 0n || isLinkLocalUnicast(address)) return false;
  return bits === 32 ? value !== 0xffffffffn && network(address, 8) !== 127n && network(address, 4) !== 0xen : value !== 1n && network(address, 8) !== 0xffn;
}

function toIp(text: string): Result {
  const address = parseAddress(text);
  const shown = goQuote(text);
  if (typeof address === 'string') return new CelError(`IP Address ${shown} parse error during conversion from string: ParseAddr(${shown}): ${address}`);
  if (address.zone) return new CelError(`IP address ${shown} with zone value is not allowed`);
  return address.mapped ? new CelError(`IPv4-mapped IPv6 address ${shown} is not allowed`) : new Ip(address);
}

function toCidr(text: string): Result {
  const fault = (reason: string): CelError => new CelError(`network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)}): ${reason}`);
  const slash = text.lastIndexOf('/');
  if (slash < 0) return fault("no '/'");
  const address = parseAddress(text.slice(0, slash));
  if (typeof address === 'string') return fault(`ParseAddr(${goQuote(text.slice(0, slash))}): ${address}`);
  if (address.zone) return fault('IPv6 zones cannot be present in a prefix');
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return fault(`bad bits after slash: ${goQuote(length)}`);
  if (Number(length) > address.bits) return fault('prefix length out of range');
  return address.mapped ? new CelError(`network address parse error during conversion from string: IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`) : new Cidr(address, Number(length));
}

import { containsCidr, formatCidr, formatIp, ipFamilyOf, overlapsCidr, parseCidr, type Cidr, type IpFamily } from '@kubernode/apimachinery';
import type { networkingV1 } from '@kubernode/api';

export type RangesByFamily = Readonly<Record<IpFamily, ReadonlySet<string>>>;

/**
 * The ranges that cover what these blocks allow: each block without its exceptions, so that another block may allow again what one leaves
 * out. As a set of kind `hash:net` has them: a single address without its length, and all addresses as two halves.
 */
export function rangesOf(blocks: readonly networkingV1.IPBlock[]): RangesByFamily {
  const ranges: Record<IpFamily, Set<string>> = { IPv4: new Set(), IPv6: new Set() };
  for (const { cidr, except = [] } of blocks) {
    const whole = parseCidr(cidr);
    if (whole === undefined) continue; // the API server takes ranges alone
    const left = subtract(whole, except.flatMap((text) => parseCidr(text) ?? []));
    for (const range of left.flatMap((one) => (one.prefix === 0 ? halves(one) : [one]))) ranges[ipFamilyOf(range)].add(format(range));
  }
  return ranges;
}

function subtract(cidr: Cidr, except: readonly Cidr[]): readonly Cidr[] {
  const touching = except.filter((one) => overlapsCidr(one, cidr));
  if (touching.length === 0) return [cidr];
  if (touching.some((one) => containsCidr(one, cidr))) return [];
  return halves(cidr).flatMap((half) => subtract(half, touching));
}

function halves({ bits, first, prefix }: Cidr): Cidr[] {
  const half = prefix + 1;
  return [{ bits, first, prefix: half }, { bits, first: first + (1n << BigInt(bits - half)), prefix: half }];
}

function format(cidr: Cidr): string {
  return cidr.prefix === cidr.bits ? formatIp({ bits: cidr.bits, value: cidr.first }) : formatCidr(cidr);
}

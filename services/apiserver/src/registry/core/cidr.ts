/** A range of IPv4 addresses. */
export interface Cidr { base: number; size: number; contains(address: string): boolean }

/** `10.96.0.0/12` */
export function parseCidr(text: string): Cidr {
  const [address = '', bits = '32'] = text.split('/');
  const size = 2 ** (32 - Number(bits));
  const base = Math.floor(toNumber(address) / size) * size;
  return { base, size, contains: (one) => /^\d+\.\d+\.\d+\.\d+$/.test(one) && toNumber(one) >= base && toNumber(one) < base + size };
}

/** The address at an offset from the range's start. */
export function addressAt({ base }: Cidr, offset: number): string {
  const value = base + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

import type { ZoneRecord } from './zone-view.ts';

/** One A or AAAA record an address, those of the asked type alone. */
export function addressRecords(name: string, type: string, addresses: readonly string[]): ZoneRecord[] {
  return addresses.map((data): ZoneRecord => ({ name, type: data.includes(':') ? 'AAAA' : 'A', data })).filter((one) => type === 'ANY' || one.type === type);
}

import { parseIp } from '@kubernode/apimachinery';
import { RecordType } from '../wire/record-type.ts';
import type { WireRecord } from '../wire/write-answer.ts';

/** Seconds that clients may keep what services and endpoints have now; kubeadm's value for CoreDNS. */
export const TTL_SECONDS = 30;

/** One A or AAAA record an address, once each; of one type, or of both. */
export function addressRecords(name: string, type: number | 'both', addresses: readonly string[]): WireRecord[] {
  return [...new Set(addresses)].flatMap((text): WireRecord[] => {
    const record = addressRecord(name, text);
    return record !== undefined && (type === 'both' || RecordType[record.type] === type) ? [record] : [];
  });
}

function addressRecord(name: string, text: string): WireRecord & { type: 'A' | 'AAAA' } | undefined {
  if (!text.includes(':')) {
    const bytes = text.split('.');
    return bytes.length === 4 ? { name, ttl: TTL_SECONDS, type: 'A', address: new Uint8Array(bytes.map(Number)) } : undefined;
  }
  const ip = parseIp(text);
  if (ip === undefined) return undefined;
  const address = new Uint8Array(ip.bits / 8);
  for (let i = address.length - 1, value = ip.value; i >= 0; i--, value >>= 8n) address[i] = Number(value & 0xffn);
  return { name, ttl: TTL_SECONDS, type: ip.bits === 32 ? 'A' : 'AAAA', address };
}

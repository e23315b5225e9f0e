import type { WireRecord } from '../wire/write-answer.ts';

/** How long clients may keep that a name is not there: a service that comes is found soon. CoreDNS' own value, s. */
const NEGATIVE_TTL_SECONDS = 5;

export const nameServerName = (domain: string): string => `ns.dns.${domain}`;

/** The zone's SOA, by which clients know how long to keep a negative answer. The zone is not transferred, so its serial tells nobody anything. */
export function startOfAuthority(domain: string): WireRecord {
  return { name: domain, ttl: NEGATIVE_TTL_SECONDS, type: 'SOA', primary: nameServerName(domain), mailbox: `hostmaster.${domain}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: NEGATIVE_TTL_SECONDS };
}

/** Types of records by their numbers (IANA), as far as anything here tells them apart or metrics name them. */
export const RecordType = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, HINFO: 13, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, DS: 43, RRSIG: 46, NSEC: 47, DNSKEY: 48, OPT: 41, SVCB: 64, HTTPS: 65, IXFR: 251, AXFR: 252, ANY: 255, CAA: 257 } as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RecordType).map(([name, number]) => [number, name]));

/** For metrics: those that CoreDNS names, and `other`. */
export function typeName(type: number): string { return NAMES.get(type) ?? 'other'; }

export const RecordClass = { IN: 1, ANY: 255 } as const;

export const ResponseCode = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

const CODES: ReadonlyMap<number, string> = new Map(Object.entries(ResponseCode).map(([name, number]) => [number, name]));

export function codeName(code: number): string { return CODES.get(code) ?? String(code); }

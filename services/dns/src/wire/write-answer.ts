import type { Edns, Query } from './read-query.ts';
import { RecordClass, RecordType, ResponseCode } from './record-type.ts';

/** A record to be written. Names are lower case, without the dot at their end. */
export type WireRecord = { name: string; ttl: number } & (
  | { type: 'A' | 'AAAA'; address: Uint8Array }
  | { type: 'CNAME' | 'PTR' | 'NS'; target: string }
  | { type: 'SRV'; priority: number; weight: number; port: number; target: string }
  | { type: 'TXT'; text: string }
  | { type: 'SOA'; primary: string; mailbox: string; serial: number; refresh: number; retry: number; expire: number; minimum: number }
);

export interface Reply {
  code: number;
  /** Of this server's own zone. */
  authoritative: boolean;
  answers: readonly WireRecord[];
  authorities: readonly WireRecord[];
  additionals: readonly WireRecord[];
}

/** What this server takes by UDP at once; larger packets get lost on the way (DNS flag day 2020). */
export const UDP_BYTES_MAX = 1232;
const UDP_BYTES_USUAL = 512;
const MESSAGE_BYTES_MAX = 65_535;
const OPT_BYTES = 11;
const HEADER_BYTES = 12;
/** Where a pointer can lead. */
const POINTER_OFFSET_MAX = 0x3fff;

/** One for all messages: it is filled and copied from within one call. */
const scratch = Buffer.allocUnsafe(MESSAGE_BYTES_MAX + 1024);

/** How long an answer may be for the client. */
export function answerLimit(edns: Edns | undefined, transport: 'udp' | 'tcp'): number {
  return transport === 'tcp' ? MESSAGE_BYTES_MAX : Math.min(UDP_BYTES_MAX, Math.max(UDP_BYTES_USUAL, edns?.udpBytes ?? UDP_BYTES_USUAL));
}

/** The answer as bytes, with the question as it came; as many records as fit, and TC where answers are missing. Pure but for its scratch. */
export function writeAnswer(query: Query, reply: Reply, transport: 'udp' | 'tcp'): Buffer {
  const limit = answerLimit(query.edns, transport) - (query.edns ? OPT_BYTES : 0);
  const names = questionNames(query.name);
  query.question.copy(scratch, HEADER_BYTES);
  let end = HEADER_BYTES + query.question.length;
  let truncated = false;
  const counts = [0, 0, 0];
  for (const [section, records] of [reply.answers, reply.authorities, reply.additionals].entries()) {
    for (const record of records) {
      const next = truncated ? limit + 1 : writeRecord(record, end, names);
      if (next > limit) { truncated = true; break; }
      end = next;
      counts[section] = (counts[section] ?? 0) + 1;
    }
  }
  if (query.edns) end = writeOpt(end, reply.code);
  writeHeader(query, { code: reply.code & 0xf, authoritative: reply.authoritative, truncated: truncated && (counts[0] ?? 0) + (counts[1] ?? 0) < reply.answers.length + reply.authorities.length, counts: [counts[0] ?? 0, counts[1] ?? 0, (counts[2] ?? 0) + (query.edns ? 1 : 0)] });
  return Buffer.from(scratch.subarray(0, end));
}

/** An answer without records: a refusal, a failure. */
export function writeCode(query: Query, code: number): Buffer {
  return writeAnswer(query, { code, authoritative: false, answers: [], authorities: [], additionals: [] }, 'udp');
}

/** The same where not even the question could be read. */
export function writeBareCode({ id, recursionDesired }: { id: number; recursionDesired: boolean }, code: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(0x8000 | (recursionDesired ? 0x100 : 0) | 0x80 | code, 2);
  return bytes;
}

/** Where the question's name and its ends stand in every answer. */
function questionNames(name: string): Map<string, number> {
  const names = new Map<string, number>();
  if (name.includes('\\')) return names.set(name, 0xc000 | HEADER_BYTES);
  let at = HEADER_BYTES;
  for (let rest = name; rest !== '';) {
    names.set(rest, 0xc000 | at);
    const dot = rest.indexOf('.');
    if (dot < 0) break;
    at += dot + 1;
    rest = rest.slice(dot + 1);
  }
  return names;
}

interface Header { code: number; authoritative: boolean; truncated: boolean; counts: readonly [number, number, number] }

function writeHeader({ id, recursionDesired, checkingDisabled }: Query, { code, authoritative, truncated, counts }: Header): void {
  scratch.writeUInt16BE(id, 0);
  scratch.writeUInt16BE(0x8000 | (authoritative ? 0x400 : 0) | (truncated ? 0x200 : 0) | (recursionDesired ? 0x100 : 0) | 0x80 | (checkingDisabled ? 0x10 : 0) | code, 2);
  scratch.writeUInt16BE(1, 4);
  counts.forEach((count, i) => scratch.writeUInt16BE(count, 6 + 2 * i));
}

function writeOpt(at: number, code: number): number {
  scratch[at] = 0;
  scratch.writeUInt16BE(RecordType.OPT, at + 1);
  scratch.writeUInt16BE(UDP_BYTES_MAX, at + 3);
  scratch.writeUInt32BE((code >> 4) << 24, at + 5); // the code's upper bits: BADVERS has some
  scratch.writeUInt16BE(0, at + 9);
  return at + OPT_BYTES;
}

/** Returns where the record ends; what is beyond the limit is written over by whoever comes next. */
function writeRecord(record: WireRecord, start: number, names: Map<string, number>): number {
  if (start + MARGIN_BYTES > MESSAGE_BYTES_MAX) return MESSAGE_BYTES_MAX + 1;
  const head = writeName(record.name, start, names);
  scratch.writeUInt16BE(RecordType[record.type], head);
  scratch.writeUInt16BE(RecordClass.IN, head + 2);
  scratch.writeUInt32BE(record.ttl, head + 4);
  const end = writeData(record, head + 10, names);
  scratch.writeUInt16BE(end - head - 10, head + 8);
  return end;
}

/** The longest record that is written here: three names and some numbers. */
const MARGIN_BYTES = 1024;

function writeData(record: WireRecord, at: number, names: Map<string, number>): number {
  switch (record.type) {
    case 'A': case 'AAAA': scratch.set(record.address, at); return at + record.address.length;
    case 'CNAME': case 'PTR': case 'NS': return writeName(record.target, at, names);
    case 'SRV':
      scratch.writeUInt16BE(record.priority, at);
      scratch.writeUInt16BE(record.weight, at + 2);
      scratch.writeUInt16BE(record.port, at + 4);
      return writeName(record.target, at + 6, undefined); // RFC 2782: never compressed
    case 'TXT': scratch[at] = scratch.write(record.text, at + 1, 255, 'latin1'); return at + 1 + Math.min(255, record.text.length);
    case 'SOA': {
      const end = writeName(record.mailbox, writeName(record.primary, at, names), names);
      [record.serial, record.refresh, record.retry, record.expire, record.minimum].forEach((value, i) => scratch.writeUInt32BE(value, end + 4 * i));
      return end + 20;
    }
  }
}

/** Writes a name, its end as a pointer where the message has it already. */
function writeName(name: string, start: number, names: Map<string, number> | undefined): number {
  let at = start;
  let rest = name;
  while (rest !== '') {
    const known = names?.get(rest);
    if (known !== undefined) { scratch.writeUInt16BE(known, at); return at + 2; }
    if (at <= POINTER_OFFSET_MAX) names?.set(rest, 0xc000 | at);
    const dot = rest.indexOf('.');
    const label = dot < 0 ? rest : rest.slice(0, dot);
    scratch[at] = scratch.write(label, at + 1, 63, 'latin1');
    at += 1 + (scratch[at] ?? 0);
    rest = dot < 0 ? '' : rest.slice(dot + 1);
  }
  scratch[at] = 0;
  return at + 1;
}

export const emptyReply = (code: number = ResponseCode.NOERROR): Reply => ({ code, authoritative: true, answers: [], authorities: [], additionals: [] });

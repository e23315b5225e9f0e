import type { Clock } from '@kubernode/base';
import type { Query } from '../wire/read-query.ts';
import { soaMinimum, type ReadAnswer } from '../wire/read-answer.ts';
import { RecordType, ResponseCode } from '../wire/record-type.ts';
import { answerLimit, UDP_BYTES_MAX, writeAnswer } from '../wire/write-answer.ts';

/** Of each kind; CoreDNS' own bound. */
const ENTRIES_MAX = 9984;
/** kubeadm's `cache 30`, s. */
const TTL_MAX_SECONDS = 30;
/** Answers longer than this are rare and would make the bound above mean much memory. */
const KEPT_BYTES_MAX = 4096;

export type AnswerKind = 'success' | 'denial';
interface Entry { answer: Buffer; read: ReadAnswer; storedAt: number; ttl: number }

/** Answers of upstream servers for a short while, found ones and denials apart. The oldest goes when a kind is full. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #entries = { success: new Map<string, Entry>(), denial: new Map<string, Entry>() };

  constructor(clock: Clock) { this.#clock = clock; }

  size(kind: AnswerKind): number { return this.#entries[kind].size; }

  /** A kept answer as it is now, for this client. */
  get(query: Query, transport: 'udp' | 'tcp'): { bytes: Buffer; kind: AnswerKind; code: number } | undefined {
    for (const kind of ['success', 'denial'] as const) {
      const entry = this.#entries[kind].get(keyOf(query));
      const age = entry === undefined ? 0 : Math.floor((this.#clock.monotonicNow() - entry.storedAt) / 1000);
      if (entry !== undefined && age < entry.ttl) return { bytes: answerFor(query, transport, { ...entry, age }), kind, code: entry.read.code };
    }
    return undefined;
  }

  put(query: Query, answer: Buffer, read: ReadAnswer): void {
    const kind = read.code === ResponseCode.NXDOMAIN || isEmpty(read) ? 'denial' : 'success';
    const ttl = Math.min(TTL_MAX_SECONDS, keepSeconds(answer, read));
    if (ttl <= 0 || answer.length > KEPT_BYTES_MAX) return;
    const [entries, key] = [this.#entries[kind], keyOf(query)];
    this.#entries[kind === 'success' ? 'denial' : 'success'].delete(key);
    entries.delete(key);
    entries.set(key, { answer, read, storedAt: this.#clock.monotonicNow(), ttl });
    const [oldest] = entries.keys();
    if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
  }
}

/** An upstream server's answer for the client who asked: under its id and question, with what is left of times to live, OPT only if it speaks that. */
export function answerFor(query: Query, transport: 'udp' | 'tcp', { answer, read, age }: { answer: Buffer; read: ReadAnswer; age: number }): Buffer {
  const body = read.optAt ?? answer.length;
  const size = body + (query.edns ? OPT.length : 0);
  if (size > answerLimit(query.edns, transport)) return truncated(query, read.code);
  const bytes = Buffer.allocUnsafe(size);
  answer.copy(bytes, 0, 0, body);
  bytes.writeUInt16BE(query.id, 0);
  query.question.copy(bytes, HEADER_BYTES);
  bytes.writeUInt16BE((answer.readUInt16BE(2) & ~0x110) | (query.recursionDesired ? 0x100 : 0) | (query.checkingDisabled ? 0x10 : 0), 2);
  bytes.writeUInt16BE(answer.readUInt16BE(10) - (read.optAt === undefined ? 0 : 1) + (query.edns ? 1 : 0), 10);
  if (age > 0) for (const { ttl, ttlAt } of read.records) bytes.writeUInt32BE(Math.max(0, ttl - age), ttlAt);
  if (query.edns) OPT.copy(bytes, body);
  return bytes;
}

const HEADER_BYTES = 12;
const OPT = Buffer.from([0, 0, RecordType.OPT, UDP_BYTES_MAX >> 8, UDP_BYTES_MAX & 255, 0, 0, 0, 0, 0, 0]);

/** Without records, and told so: the client asks again by TCP. */
function truncated(query: Query, code: number): Buffer {
  const bytes = writeAnswer(query, { code, authoritative: false, answers: [], authorities: [], additionals: [] }, 'udp');
  bytes[2] = (bytes[2] ?? 0) | 2;
  return bytes;
}

const keyOf = ({ name, type, class: recordClass, checkingDisabled, edns }: Query): string => `${name} ${type} ${recordClass} ${checkingDisabled ? 'cd' : ''}${edns?.dnssecOk === true ? 'do' : ''}`;
const isEmpty = ({ records }: ReadAnswer): boolean => !records.some(({ section }) => section === 'answer');

/** The least time to live of the records; of a denial what its SOA says (RFC 2308). 0 for failures, and for denials without SOA. */
function keepSeconds(answer: Buffer, read: ReadAnswer): number {
  if (read.truncated || (read.code !== ResponseCode.NOERROR && read.code !== ResponseCode.NXDOMAIN)) return 0;
  const soa = read.records.find(({ type, section }) => section === 'authority' && type === RecordType.SOA);
  if (read.code === ResponseCode.NXDOMAIN || isEmpty(read)) return soa === undefined ? 0 : Math.min(soa.ttl, soaMinimum(answer, soa));
  return Math.min(...read.records.map(({ ttl }) => ttl));
}


import { readName } from './read-name.ts';
import { RecordType } from './record-type.ts';

/** A record of an upstream server's answer, and where it stands. */
export interface ReadRecord { name: string; type: number; ttl: number; ttlAt: number; dataAt: number; end: number; section: 'answer' | 'authority' | 'additional' }

/** An upstream server's answer, read as far as keeping and handing it on needs. */
export interface ReadAnswer {
  code: number;
  truncated: boolean;
  questionEnd: number;
  /** Without OPT, which is between two servers. */
  records: readonly ReadRecord[];
  /** Where OPT begins when it is the last record; undefined where it is none. */
  optAt: number | undefined;
}

const HEADER_BYTES = 12;
const SECTIONS = ['answer', 'authority', 'additional'] as const;

/** Undefined for what is no answer to one question. Pure. */
export function readAnswer(bytes: Buffer): ReadAnswer | undefined {
  if (bytes.length < HEADER_BYTES || ((bytes[2] ?? 0) & 0x80) === 0 || bytes.readUInt16BE(4) !== 1) return undefined;
  const question = readName(bytes, HEADER_BYTES, { pointers: false });
  if (question === undefined || question.end + 4 > bytes.length) return undefined;
  const records: ReadRecord[] = [];
  let at = question.end + 4;
  let optAt: number | undefined;
  for (const [i, section] of SECTIONS.entries()) {
    for (let left = bytes.readUInt16BE(6 + 2 * i); left > 0; left--) {
      const name = readName(bytes, at, { pointers: true });
      if (name === undefined || name.end + 10 > bytes.length) return undefined;
      const [type, dataAt] = [bytes.readUInt16BE(name.end), name.end + 10];
      const end = dataAt + bytes.readUInt16BE(name.end + 8);
      if (end > bytes.length) return undefined;
      if (type === RecordType.OPT) { if (optAt !== undefined || end !== bytes.length) return undefined; optAt = at; }
      else records.push({ name: name.name, type, ttl: bytes.readUInt32BE(name.end + 4), ttlAt: name.end + 4, dataAt, end, section });
      at = end;
    }
  }
  return { code: (bytes[3] ?? 0) & 0xf, truncated: ((bytes[2] ?? 0) & 2) !== 0, questionEnd: question.end + 4, records, optAt };
}

/** The same, of what answers this question; servers may repeat it in letters of another case. */
export function readAnswerTo(question: Buffer, bytes: Buffer): ReadAnswer | undefined {
  const read = readAnswer(bytes);
  const lower = (part: Buffer): string => part.toString('latin1').toLowerCase();
  return read !== undefined && lower(bytes.subarray(HEADER_BYTES, read.questionEnd)) === lower(question) ? read : undefined;
}

/** The last number of a SOA record: how long a negative answer may be kept, s. */
export function soaMinimum(bytes: Buffer, { dataAt, end }: ReadRecord): number {
  return end - dataAt >= 20 ? bytes.readUInt32BE(end - 4) : 0;
}

import { readName } from './read-name.ts';
import { RecordType } from './record-type.ts';

/** EDNS (RFC 6891) as the client speaks it. */
export interface Edns { udpBytes: number; version: number; dnssecOk: boolean }

/** What a client asks. */
export interface Query {
  id: number;
  recursionDesired: boolean;
  checkingDisabled: boolean;
  /** Lower case, without the dot at its end. */
  name: string;
  type: number;
  class: number;
  /** The question as it came: clients check that answers repeat the case of their letters. */
  question: Buffer;
  edns?: Edns | undefined;
}

/** `ignore`: no answer is safe. `formErr`, `notImp`: to be told, with the header alone. */
export type ReadQuery = { kind: 'query'; query: Query } | { kind: 'ignore' } | { kind: 'formErr' | 'notImp'; id: number; recursionDesired: boolean };

const HEADER_BYTES = 12;

/** Reads one query. Never throws, whatever the bytes are. Pure. */
export function readQuery(bytes: Buffer): ReadQuery {
  if (bytes.length < HEADER_BYTES) return { kind: 'ignore' };
  const high = bytes[2] ?? 0;
  const low = bytes[3] ?? 0;
  if ((high & 0x80) !== 0) return { kind: 'ignore' }; // an answer: two servers would go on for ever
  const header = { id: bytes.readUInt16BE(0), recursionDesired: (high & 1) !== 0 };
  if (((high >> 3) & 0xf) !== 0) return { kind: 'notImp', ...header };
  const questionEnd = bytes.readUInt16BE(4) === 1 ? readName(bytes, HEADER_BYTES, { pointers: false }) : undefined;
  if (questionEnd === undefined || questionEnd.end + 4 > bytes.length) return { kind: 'formErr', ...header };
  const end = questionEnd.end + 4;
  const edns = readEdns(bytes, end);
  if (edns === 'malformed') return { kind: 'formErr', ...header };
  return { kind: 'query', query: {
    id: header.id, recursionDesired: header.recursionDesired, checkingDisabled: (low & 0x10) !== 0, name: questionEnd.name, type: bytes.readUInt16BE(end - 4), class: bytes.readUInt16BE(end - 2), question: bytes.subarray(HEADER_BYTES, end), edns,
  } };
}

/** The OPT among the records behind the question; there may be one. */
function readEdns(bytes: Buffer, start: number): Edns | undefined | 'malformed' {
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  let at = start;
  let edns: Edns | undefined;
  for (let i = 0; i < records; i++) {
    const name = readName(bytes, at, { pointers: true });
    if (name === undefined || name.end + 10 > bytes.length) return 'malformed';
    const head = name.end;
    at = head + 10 + bytes.readUInt16BE(head + 8);
    if (at > bytes.length) return 'malformed';
    if (bytes.readUInt16BE(head) !== RecordType.OPT) continue;
    if (edns !== undefined || name.name !== '') return 'malformed';
    edns = { udpBytes: bytes.readUInt16BE(head + 2), version: bytes[head + 5] ?? 0, dnssecOk: ((bytes[head + 6] ?? 0) & 0x80) !== 0 };
  }
  return edns;
}

import type { Query } from '../wire/read-query.ts';
import { RecordType } from '../wire/record-type.ts';
import { UDP_BYTES_MAX } from '../wire/write-answer.ts';

const HEADER_BYTES = 12;
const OPT_BYTES = 11;

/** The client's question as this server asks it: under an id of its own, with EDNS of its own, without anything else that the client sent. */
export function upstreamQuery({ question, recursionDesired, checkingDisabled, edns }: Pick<Query, 'question' | 'recursionDesired' | 'checkingDisabled' | 'edns'>, id: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + question.length + OPT_BYTES);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE((recursionDesired ? 0x100 : 0) | (checkingDisabled ? 0x10 : 0), 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(1, 10);
  question.copy(bytes, HEADER_BYTES);
  const at = HEADER_BYTES + question.length;
  bytes.writeUInt16BE(RecordType.OPT, at + 1);
  bytes.writeUInt16BE(UDP_BYTES_MAX, at + 3);
  if (edns?.dnssecOk === true) bytes[at + 7] = 0x80;
  return bytes;
}

/** The bytes of a question for a name of which only the text is known. */
export function questionOf(name: string, type: number): Buffer {
  const labels = name === '' ? [] : name.split('.').map((label) => Buffer.concat([Buffer.from([Math.min(63, label.length)]), Buffer.from(label.slice(0, 63), 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0, type >> 8, type & 255, 0, 1])]);
}

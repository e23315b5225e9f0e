import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import { resolveQuestion } from '../zone/resolve-question.ts';
import type { ZoneRecord, ZoneView } from '../zone/zone-view.ts';

/** Seconds that clients may keep an answer. */
const TTL_SECONDS = 30;
const NEGATIVE_TTL_SECONDS = 5;
const UDP_BYTES_MIN = 512;
const UDP_BYTES_MAX = 1232;
const NXDOMAIN = 3;
const SERVFAIL = 2;
const FORMERR = 1;
const NOTIMP = 4;
const REFUSED = 5;
const TRUNCATED = 1 << 9;
const RECURSION_DESIRED = 1 << 8;

export type Transport = 'udp' | 'tcp';
export type Outcome = { kind: 'answer'; bytes: Buffer; code: 'NOERROR' | 'NXDOMAIN' | 'FORMERR' | 'NOTIMP'; type: string } | { kind: 'forward'; type: string } | { kind: 'ignore' };

/** Answers a query about the cluster, or says that it is for others. Never throws, whatever the bytes are. Pure. */
export function answerQuery(bytes: Buffer, transport: Transport, view: ZoneView): Outcome {
  const query = tryDecode(bytes);
  if (query === undefined) return bytes.length < 12 || isResponse(bytes) ? { kind: 'ignore' } : failure(bytes, FORMERR);
  const [question] = query.questions ?? [];
  if (query.type !== 'query') return { kind: 'ignore' };
  if ((query as DecodedPacket & { opcode?: string }).opcode !== 'QUERY') return failure(bytes, NOTIMP); // opcode is there, but not in the types
  if (question === undefined || query.questions?.length !== 1) return failure(bytes, FORMERR);
  const answer = resolveQuestion(question, view);
  if (answer.kind === 'foreign') return { kind: 'forward', type: question.type };
  const records = answer.kind === 'found' ? answer.records : [];
  const isNegative = records.length === 0;
  const packet: Packet = {
    type: 'response', id: query.id ?? 0, questions: [question],
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (query.flag_rd ? RECURSION_DESIRED : 0) | (answer.kind === 'notFound' ? NXDOMAIN : 0),
    answers: records.map(toAnswer), additionals: [...(answer.kind === 'found' ? answer.additional ?? [] : []).map(toAnswer), ...ednsOf(query)],
    authorities: isNegative ? [startOfAuthority(view.domain)] : [],
  };
  return { kind: 'answer', bytes: fit(packet, transport === 'tcp' ? Infinity : udpLimit(query)), code: answer.kind === 'notFound' ? 'NXDOMAIN' : 'NOERROR', type: question.type };
}

/** SERVFAIL for a query that no upstream answered. */
export function serverFailure(bytes: Buffer): Buffer {
  const { bytes: answer } = failure(bytes, SERVFAIL);
  return answer;
}

/** REFUSED for a query about other names from someone for whom nothing is forwarded. */
export function refusal(bytes: Buffer): Buffer {
  return failure(bytes, REFUSED).bytes;
}

function tryDecode(bytes: Buffer): DecodedPacket | undefined {
  try { return decode(bytes); } catch { return undefined; } // malformed: the caller answers FORMERR
}

const isResponse = (bytes: Buffer): boolean => ((bytes[2] ?? 0) & 0x80) !== 0;

/** The query's own header and question, turned into an answer with a code. */
function failure(bytes: Buffer, code: number): Extract<Outcome, { kind: 'answer' }> {
  const query = tryDecode(bytes);
  const packet: Packet = { type: 'response', id: bytes.readUInt16BE(0), flags: RECURSION_AVAILABLE | code, questions: query?.questions ?? [] };
  return { kind: 'answer', bytes: encode(packet), code: code === NOTIMP ? 'NOTIMP' : 'FORMERR', type: query?.questions?.[0]?.type ?? 'other' };
}

function toAnswer(record: ZoneRecord): Answer {
  return { ...record, ttl: TTL_SECONDS, class: 'IN' } as Answer; // the same shapes, told apart by type
}

function startOfAuthority(domain: string): Answer {
  return { type: 'SOA', name: domain, ttl: NEGATIVE_TTL_SECONDS, class: 'IN', data: { mname: `ns.dns.${domain}`, rname: `hostmaster.${domain}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: NEGATIVE_TTL_SECONDS } };
}

function ednsOf(query: DecodedPacket): Answer[] {
  const asked = query.additionals?.some((one) => one.type === 'OPT') === true;
  return asked ? [{ type: 'OPT', name: '.', udpPayloadSize: UDP_BYTES_MAX, flags: 0, options: [] } as unknown as Answer] : []; // encode fills what an OPT lacks
}

function udpLimit(query: DecodedPacket): number {
  const opt = query.additionals?.find((one) => one.type === 'OPT') as { udpPayloadSize?: number } | undefined; // found by its type
  return Math.max(UDP_BYTES_MIN, Math.min(UDP_BYTES_MAX, opt?.udpPayloadSize ?? UDP_BYTES_MIN));
}

/** As many records as fit; TC tells the client to ask again by TCP. */
function fit(packet: Packet, limit: number): Buffer {
  const whole = encode(packet);
  if (whole.length <= limit) return whole;
  const answers = [...(packet.answers ?? [])];
  const reduced: Packet = { ...packet, additionals: (packet.additionals ?? []).filter((one) => one.type === 'OPT'), flags: (packet.flags ?? 0) | TRUNCATED };
  let bytes = encode({ ...reduced, answers });
  while (bytes.length > limit && answers.length > 0) {
    answers.length = Math.floor(answers.length * 0.8);
    bytes = encode({ ...reduced, answers });
  }
  return bytes;
}

import { readQuery, type Query } from '../wire/read-query.ts';
import { RecordClass, RecordType, ResponseCode } from '../wire/record-type.ts';
import { emptyReply, writeAnswer, writeBareCode, writeCode, type Reply, type WireRecord } from '../wire/write-answer.ts';
import { resolveQuestion } from '../zone/resolve-question.ts';
import { startOfAuthority } from '../zone/zone-authority.ts';
import type { ZoneView } from '../zone/zone-view.ts';

export type Transport = 'udp' | 'tcp';

/**
 * `answer`: these bytes, from the cluster's zone or a refusal. `forward`: a name for upstream servers. `alias`: the cluster has a name for one
 * outside, whose addresses go behind `records`. `ignore`: no answer.
 */
export type Outcome =
  | { kind: 'answer'; bytes: Buffer; code: number; query: Query | undefined; fromZone: boolean }
  | { kind: 'forward'; query: Query }
  | { kind: 'alias'; query: Query; records: readonly WireRecord[]; target: string }
  | { kind: 'ignore' };

/** A chain of names for names within the cluster ends here. */
const ALIASES_MAX = 8;

/** Answers a query about the cluster, or says what it needs from others. Never throws, whatever the bytes are. Pure. */
export function answerQuery(bytes: Buffer, transport: Transport, view: ZoneView): Outcome {
  const read = readQuery(bytes);
  switch (read.kind) {
    case 'ignore': return { kind: 'ignore' };
    case 'formErr': return bare(writeBareCode(read, ResponseCode.FORMERR), ResponseCode.FORMERR);
    case 'notImp': return bare(writeBareCode(read, ResponseCode.NOTIMP), ResponseCode.NOTIMP);
    case 'query': return answerQuestion(read.query, transport, view);
  }
}

const bare = (bytes: Buffer, code: number): Outcome => ({ kind: 'answer', bytes, code, query: undefined, fromZone: false });
const refuse = (query: Query, code: number): Outcome => ({ kind: 'answer', bytes: writeCode(query, code), code, query, fromZone: false });

function answerQuestion(query: Query, transport: Transport, view: ZoneView): Outcome {
  if (query.edns !== undefined && query.edns.version !== 0) return refuse(query, ResponseCode.BADVERS);
  if (query.class !== RecordClass.IN && query.class !== RecordClass.ANY) return refuse(query, ResponseCode.REFUSED); // CHAOS tells versions to attackers
  if (query.type === RecordType.AXFR || query.type === RecordType.IXFR) return refuse(query, ResponseCode.REFUSED); // the zone is not to be had at once
  const reply = replyTo(query, view);
  if (reply === 'forward') return { kind: 'forward', query };
  if ('target' in reply) return { kind: 'alias', query, ...reply };
  return { kind: 'answer', bytes: writeAnswer(query, reply, transport), code: reply.code, query, fromZone: true };
}

function replyTo({ name, type }: Query, view: ZoneView): Reply | 'forward' | { records: readonly WireRecord[]; target: string } {
  const records: WireRecord[] = [];
  let asked = name;
  for (let aliases = 0; ; aliases++) {
    const answer = resolveQuestion({ name: asked, type }, view);
    switch (answer.kind) {
      case 'foreign': return aliases === 0 ? 'forward' : { records, target: asked };
      case 'notFound': return denial(view, records, ResponseCode.NXDOMAIN);
      case 'found': return answer.records.length + records.length === 0 ? denial(view, records, ResponseCode.NOERROR) : { ...emptyReply(), answers: [...records, ...answer.records], additionals: answer.additional ?? [] };
      case 'alias':
        records.push(...answer.records);
        if (aliases >= ALIASES_MAX) return { ...emptyReply(ResponseCode.SERVFAIL), authoritative: false };
        asked = answer.target;
    }
  }
}

/** With the zone's SOA, so that it can be kept. A name for one that is not there is there itself. */
function denial({ domain }: ZoneView, records: readonly WireRecord[], code: number): Reply {
  return { ...emptyReply(records.length > 0 ? ResponseCode.NOERROR : code), answers: records, authorities: [startOfAuthority(domain)] };
}

import type { Clock } from '@kubernode/base';
import { answerFor, type AnswerCache } from '../cache/answer-cache.ts';
import type { Forwarder, UpstreamAnswer } from '../forward/forwarder.ts';
import type { LoopGuard } from '../forward/loop-guard.ts';
import { questionOf } from '../forward/upstream-query.ts';
import type { Answered, DnsMetrics } from '../metrics.ts';
import { readName } from '../wire/read-name.ts';
import type { Query } from '../wire/read-query.ts';
import { codeName, RecordType, ResponseCode, typeName } from '../wire/record-type.ts';
import { emptyReply, writeAnswer, writeCode, type WireRecord } from '../wire/write-answer.ts';
import type { ZoneView } from '../zone/zone-view.ts';
import { answerQuery, type Transport } from './answer-query.ts';

export interface AnswererOptions {
  view: ZoneView;
  cache: AnswerCache;
  forwarder: Forwarder;
  loopGuard: LoopGuard;
  metrics: DnsMetrics;
  clock: Clock;
  /** Whose questions about other names are forwarded; others are refused, so that nobody's network gets an open resolver. */
  mayForward: (address: string) => boolean;
}

/** The answer to one query, at once where no other server is asked; undefined for none. Never rejects. */
export type Answerer = (bytes: Buffer, transport: Transport, from: string) => Buffer | undefined | Promise<Buffer | undefined>;

interface Result { bytes: Buffer; code: number; plugin: Answered['plugin'] }

export function createAnswerer(options: AnswererOptions): Answerer {
  const { view, clock, metrics } = options;
  return (bytes, transport, from) => {
    const startedAt = clock.monotonicNow();
    const outcome = answerQuery(bytes, transport, view);
    if (outcome.kind === 'ignore') return undefined;
    const { query } = outcome;
    const tell = (zone: string, { bytes: answer, code, plugin }: Result): Buffer => {
      metrics.answered({ zone, proto: transport, family: from.includes(':') && !from.startsWith('::ffff:') ? '2' : '1', type: query === undefined ? 'other' : typeName(query.type), rcode: codeName(code), plugin, seconds: (clock.monotonicNow() - startedAt) / 1000, requestBytes: bytes.length, responseBytes: answer.length, dnssecOk: query?.edns?.dnssecOk === true });
      return answer;
    };
    switch (outcome.kind) {
      case 'answer': return tell(outcome.fromZone ? `${view.domain}.` : '.', { ...outcome, plugin: outcome.fromZone ? 'kubernetes' : '' });
      case 'alias': return answerAlias(outcome, transport, options).then((result) => tell(`${view.domain}.`, result));
      case 'forward': {
        const result = options.mayForward(from) ? forward(outcome.query, transport, options) : coded(outcome.query, ResponseCode.REFUSED);
        return result instanceof Promise ? result.then((one) => tell('.', one)) : tell('.', result);
      }
    }
  };
}

const coded = (query: Query, code: number): Result => ({ bytes: writeCode(query, code), code, plugin: '' });

function forward(query: Query, transport: Transport, options: AnswererOptions): Result | Promise<Result> {
  const { loopGuard, cache, metrics } = options;
  if (loopGuard.isOwn(query)) return coded(query, ResponseCode.SERVFAIL);
  if (loopGuard.looping) return coded(query, ResponseCode.SERVFAIL);
  const kept = cache.get(query, transport);
  metrics.cached(kept?.kind ?? 'miss');
  return kept ? { ...kept, plugin: 'cache' } : askUpstream(query, transport, options);
}

async function askUpstream(query: Query, transport: Transport, { forwarder, cache }: AnswererOptions): Promise<Result> {
  const answer = await forwarder.ask(query, transport);
  if (answer === 'refused') return coded(query, ResponseCode.REFUSED);
  if (answer === undefined) return coded(query, ResponseCode.SERVFAIL);
  cache.put(query, answer.bytes, answer.read);
  return { bytes: answerFor(query, transport, { answer: answer.bytes, read: answer.read, age: 0 }), code: answer.read.code, plugin: 'forward' };
}

/** A name of the cluster for one outside: what upstream servers know of that one comes along. */
async function answerAlias({ query, records, target }: { query: Query; records: readonly WireRecord[]; target: string }, transport: Transport, options: AnswererOptions): Promise<Result> {
  const chased: Query = { ...query, name: target, question: questionOf(target, query.type) };
  const kept = options.loopGuard.looping ? undefined : await options.forwarder.ask(chased, 'udp');
  const answers = [...records, ...(kept === undefined || kept === 'refused' ? [] : addressesIn(kept, query.type))];
  const reply = { ...emptyReply(), answers };
  return { bytes: writeAnswer(query, reply, transport), code: reply.code, plugin: 'kubernetes' };
}

/** The addresses, and the names that lead to them, as upstream servers gave them. */
function addressesIn({ bytes, read }: UpstreamAnswer, type: number): WireRecord[] {
  return read.records.flatMap((record): WireRecord[] => {
    if (record.section !== 'answer') return [];
    const next = record.type === RecordType.CNAME ? readName(bytes, record.dataAt, { pointers: true }) : undefined;
    if (next !== undefined) return [{ name: record.name, ttl: record.ttl, type: 'CNAME', target: next.name }];
    if (record.type !== type) return [];
    return [{ name: record.name, ttl: record.ttl, type: type === RecordType.A ? 'A' : 'AAAA', address: bytes.subarray(record.dataAt, record.end) }];
  });
}

import { conflict, splitObjectKey, type GroupResource } from '@kubernode/apimachinery';
import { exponentialBackoff, type Clock, type Rng } from '@kubernode/base';
import { EtcdError, isRetriable, type Compare, type EtcdClient, type KeyValue, type Operation } from '@kubernode/rpc';
import type { WriteOptions } from './object-store.ts';

export interface Attempt {
  /** The full key in etcd. */
  key: string;
  /** The mod revision that the key must have; 0 when it must not exist. */
  baseRevision: number;
  /** What is to stand there afterwards; undefined to delete. */
  value: Buffer | undefined;
  lease?: bigint | undefined;
}

export type Outcome = { done: true; revision: number } | { done: false; current: KeyValue | undefined };

export interface TransactionDependencies {
  etcd: EtcdClient;
  /** Where fences stand; when it is another etcd, they can only be looked at before. */
  fences: EtcdClient;
  clock: Clock;
  rng: Rng;
  resource: GroupResource;
}

/** `traceparent`: of the span that etcd's own are to stand below. */
export type TransactionOptions = Omit<WriteOptions, 'course'> & { readonly traceparent?: string | undefined };

/** How long a write is tried again while etcd is away, before the client is told. */
const RETRY_FOR_MS = 10_000;
const RETRY_DELAY_MIN_MS = 20;
const RETRY_DELAY_MAX_MS = 1_000;

/**
 * One compare-and-write in one transaction. It may be sent again whenever its fate is unknown, because it does something only once:
 * should the first one have been done, the second finds the key changed, and changed to just what it would have written
 * (where only this writer would). Not so a creation: what it compares comes back when the object is deleted, so one that etcd carries
 * out late would bring to life again what its second try made and somebody deleted. Of a creation it is only looked what became of it.
 * A key that is gone tells of no writer: of two deletions whose answers were lost both would claim it, so neither may.
 */
export async function transact({ etcd, fences, clock, rng, resource }: TransactionDependencies, attempt: Attempt, options: TransactionOptions): Promise<Outcome> {
  const { fence: wanted } = options;
  const fence = fences === etcd ? wanted : undefined;
  if (wanted !== fence) await requireFence({ fences, resource }, attempt.key, options);
  const request = requestOf(attempt, fence);
  const backoff = exponentialBackoff({ initialMs: RETRY_DELAY_MIN_MS, maxMs: RETRY_DELAY_MAX_MS, rng });
  const giveUpAtMs = clock.monotonicNow() + RETRY_FOR_MS;
  let doubt: EtcdError | undefined; // of an earlier attempt whose fate is unknown
  for (;;) {
    try {
      if (doubt !== undefined && attempt.baseRevision === 0) return await fateOfCreation(etcd, attempt, { doubt, options });
      const answer = await etcd.txn(request, options.traceparent === undefined ? undefined : { traceparent: options.traceparent }); // not called off with the request: then its fate would be unknown, and it ends soon by itself
      if (answer.succeeded) return { done: true, revision: answer.revision };
      const [current, fenced] = answer.results.map((result) => (result.kind === 'range' ? result.kvs[0] : undefined));
      if (doubt !== undefined && options.othersMayWriteTheSame !== true && isAsWanted(attempt, current)) return { done: true, revision: current.modRevision };
      if (fence !== undefined && fenced?.value.toString('utf8') !== fence.value) throw fencedOff(resource, attempt.key);
      if (doubt !== undefined) throw doubt; // someone else came after it, so whether ours was in between cannot be told
      return { done: false, current };
    } catch (error) {
      if (error === doubt || !(error instanceof EtcdError) || !(error.fateUnknown || isRetriable(error))) throw error;
      if (error.fateUnknown) doubt = error;
      if (clock.monotonicNow() >= giveUpAtMs) throw error;
      await clock.sleep(backoff.next(), { signal: options.signal });
    }
  }
}

/** What became of a creation that may or may not have been carried out: done, if the key holds just that; else nobody can tell. */
async function fateOfCreation(etcd: EtcdClient, attempt: Attempt, { doubt, options }: { doubt: EtcdError; options: TransactionOptions }): Promise<Outcome> {
  const { kvs: [current] } = await etcd.range({ key: attempt.key }, { signal: options.signal });
  if (options.othersMayWriteTheSame === true || !isAsWanted(attempt, current)) throw doubt;
  return { done: true, revision: current.modRevision };
}

/** Whether a fence holds at this moment, for what is written elsewhere or not at all. StatusError 409 where it does not. */
export async function requireFence({ fences, resource }: Pick<TransactionDependencies, 'fences' | 'resource'>, key: string, { fence, signal }: Pick<TransactionOptions, 'fence' | 'signal'>): Promise<void> {
  if (fence === undefined) return;
  const { kvs: [standing] } = await fences.range({ key: fence.key }, { signal });
  if (standing?.value.toString('utf8') !== fence.value) throw fencedOff(resource, key);
}

function requestOf({ key, baseRevision, value, lease }: Attempt, fence: WriteOptions['fence']): { compare: Compare[]; success: Operation[]; failure: Operation[] } {
  const compare: Compare[] = [{ key, target: 'modRevision', equals: baseRevision }];
  const failure: Operation[] = [{ kind: 'range', key }];
  if (fence !== undefined) {
    compare.push({ key: fence.key, target: 'value', equals: fence.value });
    failure.push({ kind: 'range', key: fence.key });
  }
  return { compare, success: [value === undefined ? { kind: 'delete', key } : { kind: 'put', key, value, lease }], failure };
}

function isAsWanted({ value, baseRevision }: Attempt, current: KeyValue | undefined): current is KeyValue {
  return value !== undefined && current !== undefined && current.modRevision > baseRevision && current.value.equals(value);
}

function fencedOff(resource: GroupResource, key: string): Error {
  return conflict(resource, splitObjectKey(key.slice(key.lastIndexOf('/') + 1)).name, 'the writer does not lead any more');
}

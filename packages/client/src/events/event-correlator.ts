import { createHash } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import { LruMap, type Clock, type Rng } from '@kubernode/base';
import { formatTime } from '@kubernode/apimachinery';
import { eventName } from './event-name.ts';

const ENTRIES_MAX = 4096;
const COMBINED_FROM = 10;
const COMBINED_WITHIN_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;
/** Servers forget events after an hour: what is equal to an older one is new to them. */
const COUNTED_WITHIN_MS = 3_600_000;

/** The different messages of events that are alike, since the last time that there was none for long. */
interface Alike { messages: Set<string>; lastMs: number }
interface Bucket { tokens: number; lastMs: number }
interface Seen { name: string; count: number; firstTimestamp: string | null | undefined; lastMs: number }

export interface Correlated {
  event: coreV1.Event;
  /** What changes on the server's event, where it should have one of that name. */
  patch?: { count: number; lastTimestamp: string | null | undefined; message: string | undefined };
}

/**
 * Turns a flood of events into few, as client-go does: equal ones are counted, alike ones combined from the tenth message on, and of what is left each
 * source says 25 things about an object and then one every five minutes. What is not said is counted all the same. Most events come once, and a
 * controller has thousands of them: keys are short, and what has no meaning any more is let go.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #alike = new LruMap<string, Alike>(ENTRIES_MAX);
  readonly #seen = new LruMap<string, Seen>(ENTRIES_MAX);
  readonly #buckets = new LruMap<string, Bucket>(ENTRIES_MAX);

  constructor(clock: Clock, rng: Rng) {
    this.#clock = clock;
    this.#rng = rng;
  }

  /** What to write; undefined for an event to drop. */
  correlate(given: coreV1.Event): Correlated | undefined {
    const { event, key } = this.#combine(given);
    const correlated = this.#count(event, key);
    return this.#isAllowed(correlated.event) ? correlated : undefined;
  }

  /** Takes note of what the server made of an event. */
  remember(event: coreV1.Event): void { this.#remember(event, equalKey(event)); }

  #remember({ metadata: { name }, count = 1, firstTimestamp }: coreV1.Event, key: string): void {
    this.#seen.set(key, { name, count, firstTimestamp, lastMs: this.#clock.now() });
  }

  #combine(event: coreV1.Event): { event: coreV1.Event; key: string } {
    const key = alikeKey(event);
    const nowMs = this.#clock.now();
    this.#alike.forgetOldest(({ lastMs }) => nowMs - lastMs > COMBINED_WITHIN_MS);
    const alike = this.#alike.get(key) ?? { messages: new Set<string>(), lastMs: nowMs };
    alike.messages.add(event.message ?? '');
    alike.lastMs = nowMs;
    this.#alike.set(key, alike);
    if (alike.messages.size < COMBINED_FROM) return { event, key: equalKey(event) };
    alike.messages.delete(alike.messages.values().next().value ?? ''); // one place for the next
    return { event: combined(event, nowMs, this.#rng), key };
  }

  #count(event: coreV1.Event, key: string): Correlated {
    const nowMs = this.#clock.now();
    this.#seen.forgetOldest(({ lastMs }) => nowMs - lastMs > COUNTED_WITHIN_MS);
    const seen = this.#seen.get(key);
    if (seen === undefined) {
      this.#remember(event, key);
      return { event };
    }
    const count = seen.count + 1;
    const counted: coreV1.Event = { ...event, metadata: { ...event.metadata, name: seen.name }, count, ...(seen.firstTimestamp && { firstTimestamp: seen.firstTimestamp }) };
    this.#remember(counted, key);
    return { event: counted, patch: { count, lastTimestamp: event.lastTimestamp, message: event.message } };
  }

  #isAllowed(event: coreV1.Event): boolean {
    const key = spamKey(event);
    const nowMs = this.#clock.now();
    this.#buckets.forgetOldest((bucket) => tokensAt(nowMs, bucket) === SPAM_BURST);
    const available = tokensAt(nowMs, this.#buckets.get(key) ?? { tokens: SPAM_BURST, lastMs: nowMs });
    const allowed = available >= 1;
    this.#buckets.set(key, { tokens: allowed ? available - 1 : available, lastMs: nowMs });
    return allowed;
  }
}

function tokensAt(nowMs: number, { tokens, lastMs }: Bucket): number {
  return Math.min(SPAM_BURST, tokens + (nowMs - lastMs) / SPAM_REFILL_MS);
}

/** One event for all that are alike; it has the newest message. */
function combined({ metadata: { namespace }, involvedObject, type, reason, source, message, apiVersion, kind }: coreV1.Event, nowMs: number, rng: Rng): coreV1.Event {
  const now = formatTime(nowMs);
  return {
    apiVersion, kind, metadata: { name: eventName(involvedObject.name ?? '', nowMs, rng), ...(namespace !== undefined && { namespace }) }, involvedObject,
    message: `(combined from similar events): ${message ?? ''}`, count: 1, firstTimestamp: now, lastTimestamp: now,
    ...(type !== undefined && { type }), ...(reason !== undefined && { reason }), ...(source && { source }),
  };
}

/** Who says something of this type about whom. */
function subjectOf({ source, involvedObject: { kind, namespace, name, uid, apiVersion }, type }: coreV1.Event): readonly unknown[] {
  return [source?.component, source?.host, kind, namespace, name, uid, apiVersion, type];
}

function spamKey(event: coreV1.Event): string { return digest(subjectOf(event)); }

function alikeKey(event: coreV1.Event): string {
  return digest([subjectOf(event), event.reason, event.reportingComponent, event.reportingInstance]);
}

function equalKey(event: coreV1.Event): string {
  return digest([subjectOf(event), event.involvedObject.fieldPath, event.reason, event.message]);
}

/** 27 characters for as many as there are. */
function digest(parts: readonly unknown[]): string {
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64url');
}

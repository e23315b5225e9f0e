import type { coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';

const ENTRIES_MAX = 4096;
const AGGREGATE_AFTER = 10;
const AGGREGATE_WINDOW_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;

interface Aggregate { messages: Set<string>; lastMs: number }
interface Bucket { tokens: number; lastMs: number }
interface Seen { name: string; count: number; firstTimestamp: string | undefined }

/** Turns a flood of events into few: equal ones are counted, alike ones combined after ten, the rest limited per object. */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #aggregates = new Map<string, Aggregate>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock) { this.#clock = clock; }

  /** What to write: a new event, or a known one counted up; undefined for one to drop. */
  correlate(event: coreV1.Event): { event: coreV1.Event; known: boolean } | undefined {
    const aggregated = this.#aggregate(event);
    const key = identity(aggregated);
    const seen = this.#seen.get(key);
    if (!this.#allowed(event)) return undefined;
    if (seen === undefined) return { event: aggregated, known: false };
    const counted = { ...aggregated, metadata: { ...aggregated.metadata, name: seen.name }, count: seen.count + 1, ...(seen.firstTimestamp !== undefined && { firstTimestamp: seen.firstTimestamp }) };
    return { event: counted, known: true };
  }

  /** Takes note of what the server has. */
  remember(event: coreV1.Event): void {
    put(this.#seen, identity(event), { name: event.metadata.name, count: event.count ?? 1, firstTimestamp: event.firstTimestamp });
  }

  #aggregate(event: coreV1.Event): coreV1.Event {
    const key = aggregateKey(event);
    const now = this.#clock.now();
    let record = this.#aggregates.get(key);
    if (record === undefined || now - record.lastMs > AGGREGATE_WINDOW_MS) record = { messages: new Set(), lastMs: now };
    record.messages.add(event.message ?? '');
    record.lastMs = now;
    put(this.#aggregates, key, record);
    if (record.messages.size < AGGREGATE_AFTER) return event;
    record.messages.delete(record.messages.values().next().value ?? '');
    return { ...event, message: `(combined from similar events): ${event.message ?? ''}` };
  }

  #allowed(event: coreV1.Event): boolean {
    const key = JSON.stringify([event.source, event.involvedObject.kind, event.involvedObject.namespace, event.involvedObject.name, event.involvedObject.uid, event.involvedObject.apiVersion]);
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: SPAM_BURST, lastMs: now };
    const tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.lastMs) / SPAM_REFILL_MS);
    put(this.#buckets, key, { tokens: tokens >= 1 ? tokens - 1 : tokens, lastMs: now });
    return tokens >= 1;
  }
}

function aggregateKey({ source, involvedObject: { kind, namespace, name, uid, apiVersion, fieldPath }, type, reason, reportingComponent, reportingInstance }: coreV1.Event): string {
  return JSON.stringify([source, kind, namespace, name, uid, apiVersion, fieldPath, type, reason, reportingComponent, reportingInstance]);
}

/** Events with the same identity are one event with a count. A combined one is the same whatever its latest message. */
function identity(event: coreV1.Event): string {
  const message = event.message ?? '';
  return aggregateKey(event) + (message.startsWith('(combined from similar events): ') ? '(combined)' : message);
}

/** The least recently used entry makes room. */
function put<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > ENTRIES_MAX) map.delete(map.keys().next().value ?? '');
}

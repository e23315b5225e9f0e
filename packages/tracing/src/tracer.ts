import type { Clock, Rng } from '@kubernode/base';
import { formatTraceparent, type TraceContext } from './trace-context.ts';

export type SpanKind = 'internal' | 'server' | 'client';
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span that is over, as it is exported. Times are ms since 1970, with fractions. */
export interface FinishedSpan {
  readonly context: TraceContext;
  readonly parentSpanId: string;
  /** A trace that this one was asked for by, but does not belong to. */
  readonly link: TraceContext | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** Why it failed; undefined when it did not. */
  readonly error: string | undefined;
}

/** Where spans go once they are over; false when there is no room. */
export interface SpanSink { add(span: FinishedSpan): boolean }

export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
  /** On the clock that never jumps; now when absent. */
  startedMs?: number;
}

/** Something that takes time, while it lasts. To be ended exactly once; ending it again does nothing. */
export interface Span {
  readonly context: TraceContext;
  /** For whoever is asked on its behalf. */
  readonly traceparent: string;
  child(name: string, options?: SpanOptions): Span;
  set(attributes: Attributes): void;
  end(outcome?: { error?: string | undefined; endedMs?: number }): void;
}

export interface TracerOptions {
  clock: Pick<Clock, 'now' | 'monotonicNow'>;
  rng: Rng;
  sink: SpanSink;
  /** Of a million traces that begin here. */
  samplingRatePerMillion: number;
}

const MILLION = 1_000_000;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const ATTRIBUTE_LENGTH_MAX = 1_024;

/** Begins traces, and goes on with those of others. */
export class Tracer {
  readonly #options: TracerOptions;

  constructor(options: TracerOptions) { this.#options = options; }

  /**
   * A span without a parent in this process; undefined when it is not to be recorded, which is decided here once for all that comes of it.
   * A trusted caller's decision holds; another's trace is linked, and chance decides as if it had none.
   */
  begin(name: string, { caller, isTrusted = true, ...options }: SpanOptions & { caller?: TraceContext | undefined; isTrusted?: boolean } = {}): Span | undefined {
    const { rng, samplingRatePerMillion } = this.#options;
    const parent = isTrusted ? caller : undefined;
    const isSampled = parent?.sampled === true || (parent === undefined && samplingRatePerMillion > 0 && rng.next() * MILLION < samplingRatePerMillion);
    if (!isSampled) return undefined;
    return new RecordedSpan(this.#options, { name, traceId: parent?.traceId ?? hex(rng, TRACE_ID_BYTES), parentSpanId: parent?.spanId ?? '', link: parent === undefined ? caller : undefined, options });
  }
}

interface Beginning { name: string; traceId: string; parentSpanId: string; link: TraceContext | undefined; options: SpanOptions }

class RecordedSpan implements Span {
  readonly context: TraceContext;
  readonly #tracer: TracerOptions;
  readonly #beginning: Beginning;
  readonly #startedMs: number;
  #attributes: Attributes;
  #isOver = false;

  constructor(tracer: TracerOptions, beginning: Beginning) {
    this.#tracer = tracer;
    this.#beginning = beginning;
    this.#startedMs = beginning.options.startedMs ?? tracer.clock.monotonicNow();
    this.#attributes = beginning.options.attributes ?? {};
    this.context = { traceId: beginning.traceId, spanId: hex(tracer.rng, SPAN_ID_BYTES), sampled: true };
  }

  get traceparent(): string { return formatTraceparent(this.context); }

  child(name: string, options: SpanOptions = {}): Span {
    return new RecordedSpan(this.#tracer, { name, traceId: this.context.traceId, parentSpanId: this.context.spanId, link: undefined, options });
  }

  set(attributes: Attributes): void { this.#attributes = { ...this.#attributes, ...attributes }; }

  end({ error, endedMs }: { error?: string | undefined; endedMs?: number } = {}): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { clock, sink } = this.#tracer;
    const { name, parentSpanId, link, options: { kind = 'internal' } } = this.#beginning;
    const nowMs = clock.monotonicNow();
    const epochMs = clock.now() - nowMs; // the one clock in terms of the other, at this moment
    sink.add({ context: this.context, parentSpanId, link, name, kind, startMs: epochMs + this.#startedMs, endMs: epochMs + (endedMs ?? nowMs), attributes: bounded(this.#attributes), error: error?.slice(0, ATTRIBUTE_LENGTH_MAX) });
  }
}

function bounded(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, ATTRIBUTE_LENGTH_MAX) : value]));
}

function hex(rng: Rng, bytes: number): string { return Buffer.from(rng.bytes(bytes)).toString('hex'); }

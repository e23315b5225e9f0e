import { ReverseWriter } from '@kubernode/rpc';
import type { Attributes, FinishedSpan, SpanKind } from './tracer.ts';

const SCOPE = 'kubernode';
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const STATUS_ERROR = 2;
const NS_PER_MS = 1_000_000;

/** OTLP's ExportTraceServiceRequest with these spans. Fields are written in reverse, as the writer wants them. */
export function encodeSpans(spans: readonly FinishedSpan[], resource: Attributes): Buffer {
  const writer = new ReverseWriter();
  writer.message(1, () => { // resource_spans
    writer.message(2, () => { // scope_spans
      for (const span of spans.toReversed()) writer.message(2, () => { writeSpan(writer, span); });
      writer.message(1, () => { writer.string(1, SCOPE); });
    });
    writer.message(1, () => { writeAttributes(writer, 1, resource); });
  });
  return writer.finish();
}

function writeSpan(writer: ReverseWriter, { context, parentSpanId, link, name, kind, startMs, endMs, attributes, error }: FinishedSpan): void {
  if (error !== undefined) writer.message(15, () => { writer.int(3, STATUS_ERROR).string(2, error); });
  if (link !== undefined) writer.message(13, () => { writer.bytes(2, Buffer.from(link.spanId, 'hex')).bytes(1, Buffer.from(link.traceId, 'hex')); });
  writeAttributes(writer, 9, attributes);
  writer.fixed64(8, nanoseconds(endMs)).fixed64(7, nanoseconds(startMs)).int(6, KINDS[kind]).string(5, name);
  writer.bytes(4, Buffer.from(parentSpanId, 'hex')).bytes(2, Buffer.from(context.spanId, 'hex')).bytes(1, Buffer.from(context.traceId, 'hex'));
}

function writeAttributes(writer: ReverseWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes).reverse()) writer.message(field, () => { writer.message(2, () => { writeValue(writer, value); }).string(1, key); });
}

function writeValue(writer: ReverseWriter, value: string | number | boolean): void {
  if (typeof value === 'string') writer.string(1, value);
  else if (typeof value === 'boolean') writer.bool(2, value);
  else writer.int(3, Math.round(value));
}

/** A number of ms has room for fractions of a microsecond; a double of ns since 1970 has not. */
function nanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * BigInt(NS_PER_MS) + BigInt(Math.round((ms - whole) * NS_PER_MS));
}

import { encodeAuditEvent, type AuditEvent } from './audit-event.ts';
import type { AuditSink, ReportLoss } from './audit-sink.ts';

export interface TruncateLimits { maxEventBytes: number; maxBatchBytes: number }

const TRUNCATED = { 'audit.k8s.io/truncated': 'true' };

/** Takes the bodies out of events that are too large, drops those that still are, and splits batches that are. */
export function truncatingSink(sink: AuditSink, { maxEventBytes, maxBatchBytes }: TruncateLimits, reportLoss: ReportLoss): AuditSink {
  return {
    process(events) {
      const kept: boolean[] = [];
      const waiting: Promise<boolean>[] = [];
      const { batches, tooLarge } = split(events, { maxEventBytes, maxBatchBytes });
      for (const batch of batches) {
        const result = sink.process(batch);
        if (typeof result === 'boolean') kept.push(result);
        else waiting.push(result);
      }
      if (tooLarge.length > 0) reportLoss('truncate', 'event is too large even after truncating', tooLarge);
      const done = kept.every(Boolean);
      return waiting.length === 0 ? done : Promise.all(waiting).then((results) => done && results.every(Boolean));
    },
    run: (signal) => sink.run?.(signal) ?? Promise.resolve(),
  };
}

function split(events: readonly AuditEvent[], { maxEventBytes, maxBatchBytes }: TruncateLimits): { batches: AuditEvent[][]; tooLarge: AuditEvent[] } {
  const batches: AuditEvent[][] = [];
  const tooLarge: AuditEvent[] = [];
  let batch: AuditEvent[] = [];
  let batchBytes = 0;
  for (const original of events) {
    const { event, bytes } = fitted(original, maxEventBytes);
    if (bytes > maxEventBytes) { tooLarge.push(event); continue; }
    if (batch.length > 0 && batchBytes + bytes > maxBatchBytes) { batches.push(batch); batch = []; batchBytes = 0; }
    batch.push(event);
    batchBytes += bytes;
  }
  if (batch.length > 0) batches.push(batch);
  return { batches, tooLarge };
}

function fitted(event: AuditEvent, maxEventBytes: number): { event: AuditEvent; bytes: number } {
  const bytes = sizeOf(event);
  if (bytes <= maxEventBytes || event.level === 'Metadata') return { event, bytes };
  const { requestObject: _requestObject, responseObject: _responseObject, ...rest } = event;
  const smaller: AuditEvent = { ...rest, annotations: { ...event.annotations, ...TRUNCATED } };
  return { event: smaller, bytes: sizeOf(smaller) };
}

function sizeOf(event: AuditEvent): number {
  return Buffer.byteLength(encodeAuditEvent(event, { typed: true })) + 1; // and the end of the line
}

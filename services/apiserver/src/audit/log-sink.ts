import { errorMessage } from '@kubernode/base';
import { encodeAuditEvent, type AuditEvent } from './audit-event.ts';
import type { AuditSink, ReportLoss } from './audit-sink.ts';
import { legacyLine } from './legacy-format.ts';

export type AuditLogFormat = 'json' | 'legacy';

/** Takes whole lines, and throws when they could not be written. */
export interface LineWriter { write(lines: string): void }

/** One line an event. Written before `process` returns: an answer never overtakes the event that tells of it. */
export function logSink({ writer, format, reportLoss }: { writer: LineWriter; format: AuditLogFormat; reportLoss: ReportLoss }): AuditSink {
  const line = format === 'json' ? (event: AuditEvent) => `${encodeAuditEvent(event, { typed: true })}\n` : (event: AuditEvent) => `${legacyLine(event)}\n`;
  return {
    process(events) {
      try {
        writer.write(events.map(line).join(''));
        return true;
      } catch (error) {
        reportLoss('log', errorMessage(error), events);
        return false;
      }
    },
  };
}

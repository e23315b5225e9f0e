import type { AuditEvent } from './audit-event.ts';

/** Where events go. */
export interface AuditSink {
  /** False when an event could not be kept; a promise only where that has to be waited for. Never throws or rejects. */
  process(events: readonly AuditEvent[]): boolean | Promise<boolean>;
  /** Work in the background, until the signal is aborted and what was accepted before is written. */
  run?(signal: AbortSignal): Promise<void>;
}

/** What a sink tells of events it could not keep. */
export type ReportLoss = (plugin: string, why: string, lost: readonly AuditEvent[]) => void;

/** Everything goes to all of the sinks; it is kept when all of them keep it. */
export function unionSink(sinks: readonly AuditSink[]): AuditSink {
  const [only] = sinks;
  if (sinks.length === 1 && only !== undefined) return only;
  return {
    async process(events) { return (await Promise.all(sinks.map(async (sink) => sink.process(events)))).every(Boolean); },
    async run(signal) { await Promise.all(sinks.map(async (sink) => sink.run?.(signal))); },
  };
}

/** Losses are counted by the sink, and no request fails for them. */
export function forgivingSink(sink: AuditSink): AuditSink {
  return {
    process(events) {
      const kept = sink.process(events);
      return typeof kept === 'boolean' ? true : kept.then(() => true);
    },
    run: (signal) => sink.run?.(signal) ?? Promise.resolve(),
  };
}

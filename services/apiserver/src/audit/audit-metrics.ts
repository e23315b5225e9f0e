import { Counter, type Registry } from 'prom-client';
import type { Logger } from '@kubernode/component-base';
import type { AuditLevel } from './audit-policy.ts';
import type { ReportLoss } from './audit-sink.ts';
import { legacyLine } from './legacy-format.ts';

export interface AuditMetrics {
  decided(level: AuditLevel): void;
  eventMade(): void;
  requestRejected(): void;
  /** Counts lost events and shows them in the server's own log, the last place left for them. */
  reportLoss: ReportLoss;
}

/** Lost events that one line of the log shows; the rest of a batch is counted only. */
const SHOWN_MAX = 10;

/** Metrics of the audit under kube-apiserver's names. */
export function createAuditMetrics(registry: Registry, logger: Logger): AuditMetrics {
  const registers = [registry];
  const events = new Counter({ name: 'apiserver_audit_event_total', help: 'Audit events handed to the audit backend.', registers });
  const errors = new Counter({ name: 'apiserver_audit_error_total', help: 'Audit events that were not kept, by the plugin that failed.', registers, labelNames: ['plugin'] });
  const levels = new Counter({ name: 'apiserver_audit_level_total', help: 'Requests by the level that the audit policy gives them.', registers, labelNames: ['level'] });
  const rejected = new Counter({ name: 'apiserver_audit_requests_rejected_total', help: 'Requests that were refused because their audit event could not be kept.', registers });
  return {
    decided: (level) => levels.inc({ level }),
    eventMade: () => events.inc(),
    requestRejected: () => rejected.inc(),
    reportLoss(plugin, why, lost) {
      errors.inc({ plugin }, lost.length);
      logger.error('audit events were lost', { plugin, why, count: lost.length, events: lost.slice(0, SHOWN_MAX).map(legacyLine) });
    },
  };
}

import { Counter, Histogram, type Registry } from 'prom-client';
import type { ConditionMetrics } from '../condition-metrics.ts';

export type AdmissionStep = 'admit' | 'validating';
export type RejectionCause = 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error';

/** One call of a webhook. */
export interface ObservedCall { name: string; step: AdmissionStep; operation: string; code: number; rejected: boolean; durationMs: number }

/** Metrics of admission webhooks under kube-apiserver's names. */
export interface WebhookMetrics {
  called(call: ObservedCall): void;
  rejected(call: Pick<ObservedCall, 'name' | 'step' | 'operation' | 'code'>, cause: RejectionCause): void;
  failedOpen(call: Pick<ObservedCall, 'name' | 'step'>): void;
  excludedByCondition(call: Pick<ObservedCall, 'name' | 'step' | 'operation'>): void;
  conditionsJudged(call: Pick<ObservedCall, 'name' | 'step' | 'operation' | 'durationMs'>, errors: number): void;
}

const SECONDS_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
/** Odd codes of odd webhooks count as one. */
const CODE_MAX = 600;

export function createWebhookMetrics(registry: Registry, conditions: ConditionMetrics): WebhookMetrics {
  const registers = [registry];
  const seconds = new Histogram({ registers, name: 'apiserver_admission_webhook_admission_duration_seconds', help: 'How long admission webhooks took.', labelNames: ['name', 'type', 'operation', 'rejected'], buckets: SECONDS_BUCKETS });
  const requests = new Counter({ registers, name: 'apiserver_admission_webhook_request_total', help: 'Calls of admission webhooks.', labelNames: ['name', 'type', 'operation', 'code', 'rejected'] });
  const rejections = new Counter({ registers, name: 'apiserver_admission_webhook_rejection_count', help: 'Requests that admission webhooks, or failures of calling them, ended.', labelNames: ['name', 'type', 'operation', 'error_type', 'rejection_code'] });
  const failOpen = new Counter({ registers, name: 'apiserver_admission_webhook_fail_open_count', help: 'Failures of admission webhooks that were passed over.', labelNames: ['name', 'type'] });
  return {
    called({ name, step: type, operation, code, rejected, durationMs }) {
      requests.inc({ name, type, operation, code: Math.min(code, CODE_MAX), rejected: String(rejected) });
      seconds.observe({ name, type, operation, rejected: String(rejected) }, durationMs / 1000);
    },
    rejected({ name, step: type, operation, code }, cause) { rejections.inc({ name, type, operation, error_type: cause, rejection_code: Math.min(code, CODE_MAX) }); },
    failedOpen({ name, step: type }) { failOpen.inc({ name, type }); },
    excludedByCondition({ name, step: type, operation }) { conditions.excluded({ kind: 'webhook', name, type, operation }); },
    conditionsJudged({ name, step: type, operation, durationMs }, errors) { conditions.judged({ kind: 'webhook', name, type, operation }, { errors, durationMs }); },
  };
}

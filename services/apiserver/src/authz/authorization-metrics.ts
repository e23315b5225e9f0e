import { createHash } from 'node:crypto';
import type { Clock } from '@kubernode/base';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WebhookCall } from '../authn/webhook/review-webhook.ts';
import type { Decision } from '../pipeline/api-request.ts';

const WEBHOOK_SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics of authorizers under kube-apiserver's names. */
export interface AuthorizationMetrics {
  /** Counts decisions of one member of the chain; those without an opinion are not counted. */
  decisions(type: string, name: string): (verdict: Decision['verdict']) => void;
  webhookCalled(name: string, call: WebhookCall): void;
  webhookFailedOpen(name: string): void;
  reloaded(status: 'success' | 'failure', text: string): void;
}

export function createAuthorizationMetrics({ registry, clock, serverId }: { registry: Registry; clock: Pick<Clock, 'now'>; serverId: string }): AuthorizationMetrics {
  const registers = [registry];
  const server = { apiserver_id_hash: hashOf(serverId) };
  const decisions = new Counter({ registers, name: 'apiserver_authorization_decisions_total', help: 'Decisions that ended the chain, by authorizer.', labelNames: ['type', 'name', 'decision'] });
  const calls = new Counter({ registers, name: 'apiserver_authorization_webhook_evaluations_total', help: 'Calls of authorization webhooks.', labelNames: ['name', 'result'] });
  const seconds = new Histogram({ registers, name: 'apiserver_authorization_webhook_duration_seconds', help: 'How long calls of authorization webhooks took.', labelNames: ['name', 'result'], buckets: WEBHOOK_SECONDS_BUCKETS });
  const failedOpen = new Counter({ registers, name: 'apiserver_authorization_webhook_evaluations_fail_open_total', help: 'Failures of authorization webhooks that were passed over.', labelNames: ['name', 'result'] });
  const reloads = new Counter({ registers, name: 'apiserver_authorization_config_controller_automatic_reloads_total', help: 'Reloads of the authorization configuration.', labelNames: ['status', 'apiserver_id_hash'] });
  const lastReload = new Gauge({ registers, name: 'apiserver_authorization_config_controller_automatic_reload_last_timestamp_seconds', help: 'When the authorization configuration was last reloaded.', labelNames: ['status', 'apiserver_id_hash'] });
  const info = new Gauge({ registers, name: 'apiserver_authorization_config_controller_last_config_info', help: 'The authorization configuration in use, by its hash.', labelNames: ['apiserver_id_hash', 'hash'] });
  return {
    decisions(type, name) {
      const [allowed, denied] = [decisions.labels({ type, name, decision: 'allowed' }), decisions.labels({ type, name, decision: 'denied' })];
      return (verdict) => { if (verdict === 'allow') allowed.inc(); else if (verdict === 'deny') denied.inc(); };
    },
    webhookCalled(name, { result, durationMs }) {
      calls.inc({ name, result });
      seconds.observe({ name, result }, durationMs / 1000);
    },
    webhookFailedOpen: (name) => { failedOpen.inc({ name, result: 'error' }); },
    reloaded(status, text) {
      reloads.inc({ status, ...server });
      lastReload.set({ status, ...server }, clock.now() / 1000);
      if (status === 'failure') return;
      info.reset();
      info.set({ ...server, hash: hashOf(text) }, 1);
    },
  };
}

function hashOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

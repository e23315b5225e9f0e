import type { Authorizer } from '../../pipeline/api-request.ts';
import { AccessCache, whenAccessKnown } from '../policy/access-cache.ts';
import { judgeMatchConditions } from '../policy/match-conditions.ts';
import { refusal } from '../refusal.ts';
import type { Question, WebhookCallServices } from './call-webhook.ts';
import type { AdmissionStep } from './webhook-metrics.ts';

/** Whether a request meets the match conditions of a webhook. Rejects with 403 where that cannot be told and failures end requests. */
export async function isMeant({ hook, attributes, matched, object, oldObject }: Question, step: AdmissionStep, { authorizer, clock, metrics }: Pick<WebhookCallServices, 'clock' | 'metrics'> & { authorizer: Authorizer }): Promise<boolean> {
  if (hook.conditions === undefined) return true;
  const startedAt = clock.monotonicNow();
  const conditions = hook.conditions();
  const access = new AccessCache(authorizer, attributes.user);
  const subject = { attributes, matched, object, oldObject, params: undefined };
  const { matches, errors, error } = await whenAccessKnown(() => judgeMatchConditions(conditions, subject, { decide: access.decide }));
  const what = { name: hook.settings.name, step, operation: attributes.operation };
  metrics.conditionsJudged({ ...what, durationMs: clock.monotonicNow() - startedAt }, errors);
  if (error !== undefined && !hook.failsOpen) throw refusal(attributes, error);
  if (!matches) metrics.excludedByCondition(what);
  return matches;
}

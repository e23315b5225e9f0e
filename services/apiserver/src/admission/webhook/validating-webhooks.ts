import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { RequestObjects } from '../request-objects.ts';
import { askWebhook, type Question } from './call-webhook.ts';
import { Hooks, type Hook } from './hook.ts';
import { isExempt, notReady } from './invocation.ts';
import { judgeOutcome } from './judge-outcome.ts';
import { requestTimedOut } from './webhook-faults.ts';
import type { WebhookServices } from './webhook-services.ts';

const FAILED_OPEN = 'failed-open.validating.webhook.admission.k8s.io/';

/** Asks the webhooks of ValidatingWebhookConfigurations all at once. One that denies is enough. */
export function validatingWebhooks(services: WebhookServices): AdmissionPlugin {
  const hooks = new Hooks(services.sources({ group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations' }));
  return {
    name: 'ValidatingAdmissionWebhook',
    validate(attributes) {
      if (hooks.ready && hooks.current.length === 0) return undefined;
      if (isExempt(attributes)) return undefined;
      if (!hooks.ready) throw notReady(attributes);
      return askAll(hooks.current, attributes, services);
    },
  };
}

async function askAll(hooks: readonly Hook[], attributes: AdmissionAttributes, services: WebhookServices): Promise<void> {
  const objects = new RequestObjects(attributes, services.versions);
  const questions: Question[] = [];
  for (const hook of hooks) {
    const question = await services.question(hook, objects, 'validating');
    if (question !== undefined) questions.push(question);
  }
  if (questions.length === 0) return;
  if (attributes.signal?.aborted === true) throw requestTimedOut();
  const refusals: unknown[] = []; // in the order in which they come: the client is told the first
  await Promise.all(questions.map((question, index) => judgeOutcome(question, () => askWebhook(question, 'validating', services.calls), services.calls, {
    step: 'validating', onFailedOpen: () => { attributes.annotate(`${FAILED_OPEN}round_0_index_${index}`, question.hook.settings.name); },
  }).catch((error: unknown) => { refusals.push(error); })));
  if (refusals.length > 0) throw refusals[0];
}

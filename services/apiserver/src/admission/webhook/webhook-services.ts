import type { ObjectSources, ObjectWriter } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import type { AdmissionAttributes } from '../admission.ts';
import type { EquivalentResources } from '../matching/match-rules.ts';
import type { ObjectVersions } from '../object-versions.ts';
import type { Question, WebhookCallServices } from './call-webhook.ts';
import type { Hook } from './hook.ts';
import { invocationOf, namespaceLabels } from './invocation.ts';
import { isMeant } from './is-meant.ts';
import type { AdmissionStep } from './webhook-metrics.ts';

export interface WebhookServicesInit {
  sources: ObjectSources;
  get: ObjectWriter['get'];
  equivalents: EquivalentResources;
  versions: ObjectVersions;
  authorizer: Authorizer;
  calls: WebhookCallServices;
}

/** What both kinds of webhooks need. */
export interface WebhookServices extends Pick<WebhookServicesInit, 'sources' | 'versions' | 'calls'> {
  /** What a webhook is to be asked about a request; undefined when it is not meant. */
  question(hook: Hook, attributes: AdmissionAttributes, step: AdmissionStep): Promise<Question | undefined>;
}

export function webhookServices({ sources, get, equivalents, versions, authorizer, calls }: WebhookServicesInit): WebhookServices {
  const labelsOf = namespaceLabels(sources, get);
  return {
    sources, versions, calls,
    async question(hook, attributes, step) {
      const labels = hook.selectors.namespace.length === 0 ? undefined : await labelsOf(attributes);
      const matched = invocationOf(hook, attributes, { labels, equivalents });
      if (matched === undefined) return undefined;
      const { object, oldObject } = attributes;
      const question = { hook, attributes, matched, object: object && versions.show(object, attributes, matched), oldObject: oldObject && versions.show(oldObject, attributes, matched) };
      return await isMeant(question, step, { authorizer, ...calls }) ? question : undefined;
    },
  };
}

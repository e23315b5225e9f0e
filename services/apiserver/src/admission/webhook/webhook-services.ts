import { internalError, type StatusError } from '@kubernode/apimachinery';
import type { ObjectSources, ObjectWriter } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import type { EquivalentResources } from '../matching/match-rules.ts';
import type { ObjectVersions } from '../object-versions.ts';
import type { RequestObjects } from '../request-objects.ts';
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
  question(hook: Hook, objects: RequestObjects, step: AdmissionStep): Promise<Question | undefined>;
}

export function webhookServices({ sources, get, equivalents, versions, authorizer, calls }: WebhookServicesInit): WebhookServices {
  const labelsOf = namespaceLabels(sources, get);
  return {
    sources, versions, calls,
    async question(hook, objects, step) {
      const attributes = objects.current;
      const labels = hook.selectors.namespace.length === 0 ? undefined : await labelsOf(attributes);
      const matched = invocationOf(hook, attributes, { labels, equivalents });
      if (matched === undefined) return undefined;
      const question = { hook, attributes, matched, ...await objects.in(matched).catch((error: unknown) => { throw unconverted(error, step); }) };
      return await isMeant(question, step, { authorizer, ...calls }) ? question : undefined;
    },
  };
}

/** Kubernetes wraps it twice before objects are changed. */
function unconverted(error: unknown, step: AdmissionStep): StatusError {
  return step === 'admit' ? internalError(internalError(error)) : internalError(error);
}

import type { Clock, Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { ObjectSources, ObjectWriter } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import type { ResourceRegistry } from '../../registry/resource-registry.ts';
import type { HookClient } from '../../webhook-client/hook-client.ts';
import type { ConditionMetrics } from '../condition-metrics.ts';
import { equivalentResources } from '../matching/equivalent-resources.ts';
import { ObjectVersions } from '../object-versions.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';
import { webhookServices, type WebhookServices } from './webhook-services.ts';

export interface WebhookParts { client: HookClient; registry: ResourceRegistry; authorizer: Authorizer; sources: ObjectSources; writer: ObjectWriter; metricsRegistry: Registry; conditionMetrics: ConditionMetrics; clock: Clock; rng: Rng; logger: Logger }

/** What the plugins that ask admission webhooks are made of. */
export function setUpWebhooks({ client, registry, authorizer, sources, writer, metricsRegistry, conditionMetrics, clock, rng, logger }: WebhookParts): WebhookServices {
  return webhookServices({
    sources, authorizer, get: (resource, namespace, name) => writer.get(resource, namespace, name), equivalents: equivalentResources(registry), versions: new ObjectVersions(registry.resolve),
    calls: { client, clock, rng, logger, metrics: createWebhookMetrics(metricsRegistry, conditionMetrics) },
  });
}

import type { Clock } from '@kubernode/base';
import type { Registry } from 'prom-client';
import type { ObjectSources, ObjectWriter } from '../../endpoints/endpoint.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import type { ResourceRegistry } from '../../registry/resource-registry.ts';
import type { ConditionMetrics } from '../condition-metrics.ts';
import { equivalentResources } from '../matching/equivalent-resources.ts';
import { namespaceLookup } from '../matching/request-namespace.ts';
import { ObjectVersions } from '../object-versions.ts';
import { createPolicyMetrics } from './policy-metrics.ts';
import type { PolicyServices } from './policy-services.ts';

export interface PolicyParts { registry: ResourceRegistry; sources: ObjectSources; writer: Pick<ObjectWriter, 'get'>; authorizer: Authorizer; metricsRegistry: Registry; conditionMetrics: ConditionMetrics; clock: Pick<Clock, 'monotonicNow'> }

/** What the plugins that ask admission policies are made of. */
export function setUpPolicies({ registry, sources, writer, authorizer, metricsRegistry, conditionMetrics, clock }: PolicyParts): PolicyServices {
  return {
    sources, authorizer, clock, equivalents: equivalentResources(registry), versions: new ObjectVersions(registry.resolve), metrics: createPolicyMetrics(metricsRegistry), conditionMetrics,
    resolve: registry.resolve, served: () => registry.served,
    namespaceOf: namespaceLookup(sources({ group: '', resource: 'namespaces' }), (resource, namespace, name) => writer.get(resource, namespace, name)),
  };
}

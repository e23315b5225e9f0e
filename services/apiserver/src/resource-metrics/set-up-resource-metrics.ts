import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ServedApi } from '../discovery/served-api.ts';
import type { ObjectSources } from '../endpoints/endpoint.ts';
import type { EndpointServices } from '../endpoints/endpoint-services.ts';
import type { NodeConnection } from '../endpoints/subresources/backend-location.ts';
import type { Handler } from '../pipeline/api-request.ts';
import type { Pod } from './metrics-objects.ts';
import { NodeUsage, type Node } from './node-usage.ts';
import { METRICS_RESOURCES, serveResourceMetrics } from './resource-metrics.ts';

/** metrics.k8s.io, served by the cluster itself. Where an APIService names a server for it, that one is asked instead. */
export interface ResourceMetrics {
  serve(next: Handler): Handler;
  /** What is offered, with this once a node has told what it uses. */
  offer(own: ServedApi): ServedApi;
}

export interface ResourceMetricsSetUp { connection: NodeConnection; sources: ObjectSources; services: EndpointServices; clock: Clock; logger: Logger; spawn(task: (signal: AbortSignal) => Promise<void>): void }

/** Nodes tell those who show a certificate; without one there is nothing to be served. */
export function setUpResourceMetrics({ connection, sources, services, clock, logger, spawn }: ResourceMetricsSetUp): ResourceMetrics {
  if (connection.credentials.cert === undefined) return { serve: (next) => next, offer: (own) => own };
  const nodes = sources<Node>({ group: '', resource: 'nodes' });
  const usage = new NodeUsage({ nodes, connection, clock, logger });
  spawn((signal) => usage.run(signal));
  let offered: { from: ServedApi; api: ServedApi } | undefined;
  return {
    serve: (next) => serveResourceMetrics(next, { usage, nodes, pods: sources<Pod>({ group: '', resource: 'pods' }), services }),
    offer(own) {
      if (!usage.isOffered) return own;
      if (offered?.from !== own) offered = { from: own, api: { ...own, resources: [...own.resources, ...METRICS_RESOURCES] } };
      return offered.api;
    },
  };
}

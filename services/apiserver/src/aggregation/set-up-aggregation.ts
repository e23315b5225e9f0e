import type { Clock } from '@kubernode/base';
import { type FileFollower, readKeyPair, type Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { AggregationSettings } from '../app/aggregation-options.ts';
import type { ServedApi } from '../discovery/served-api.ts';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { RemoteDocuments } from '../openapi/remote-documents.ts';
import type { Handler } from '../pipeline/api-request.ts';
import type { ResolveService } from '../webhook-client/service-resolver.ts';
import { API_SERVICES, type ApiService } from './api-service.ts';
import { AvailabilityController } from './availability-controller.ts';
import { passOnToServers } from './pass-on.ts';
import { RemoteDiscovery } from './remote-discovery.ts';
import { RemoteOpenApi } from './remote-openapi.ts';
import { RemoteVersions } from './remote-versions.ts';
import { ServerConnections } from './server-connections.ts';

export interface AggregationParts { sources: ObjectSources; writer: ObjectWriter; resolve: ResolveService; follower: FileFollower; clock: Clock; logger: Logger; metricsRegistry: Registry; spawn(task: (signal: AbortSignal) => Promise<void>): void }

/** Other API servers behind this one. */
export interface Aggregation {
  /** Sends requests for what others answer to them. */
  passOn(next: Handler): Handler;
  /** What all servers offer together. */
  merge(own: ServedApi): ServedApi;
  /** What other servers describe of themselves. */
  readonly openApi: RemoteDocuments;
}

export function setUpAggregation({ aggregation: { proxyCertFile: certFile, proxyKeyFile: keyFile } }: AggregationSettings, { sources, writer, resolve, follower, clock, logger, metricsRegistry, spawn }: AggregationParts): Aggregation {
  const connections = new ServerConnections();
  if (certFile !== undefined && keyFile !== undefined) follower.follow((read) => readKeyPair(read, { certFile, keyFile }), (pair) => { connections.setIdentity(pair); });
  const remotes = new RemoteVersions(sources<ApiService>(API_SERVICES));
  const discovery = new RemoteDiscovery({ remotes, resolve, connections, clock, logger });
  const openApi = new RemoteOpenApi({ remotes, resolve, connections, clock, logger });
  const availability = new AvailabilityController({ remotes, sources, writer, resolve, connections, clock, logger, metricsRegistry });
  spawn((signal) => connections.run(signal));
  spawn((signal) => discovery.run(signal));
  spawn((signal) => openApi.run(signal));
  spawn((signal) => availability.run(signal));
  return {
    passOn: (next) => passOnToServers(next, { remotes, resolve, connections, clock }),
    merge: (own) => discovery.merge(own),
    openApi,
  };
}

/**
 * The client of the API: transports, typed calls, informers, work queue, leader election, events. Fit for users' own operators.
 * Guarantees: refusals are StatusErrors, broken links TransportErrors; whatever waits takes a signal; retries are bounded and decided
 * by `isRetriable` alone; nothing starts before `run`. Not here: validation of objects, which is the server's.
 */
export type { CallOptions, Client, Fence, ListSelector, Patch, RawRequest, RawResponse, Target, Transport, WatchedEvent } from './client.ts';
export type { Informer, InformerChange, Lister, ListenOptions } from './informer-types.ts';
export { createClient, type ClientOptions } from './create-client.ts';
export { queryOf, resourcePath } from './resource-path.ts';
export { isRetriable } from './retry.ts';
export { refusalOf } from './status-of-response.ts';
export { TransportError } from './transport/transport-error.ts';
export { createHttpsTransport, type HttpsTransportOptions } from './transport/https-transport.ts';
export type { GrpcTransportOptions } from './transport/grpc-transport.ts';
export { createGrpcTransport } from './transport/lazy-grpc-transport.ts';
export { rotatingTransport, type RotatingTransport } from './transport/rotating-transport.ts';
export { splitLines } from './transport/split-lines.ts';
export { loadKubeconfig, resolveKubeconfig, type Kubeconfig, type KubeconfigCluster, type KubeconfigUser, type LoadedKubeconfig } from './config/kubeconfig.ts';
export { inClusterConnection, inClusterNamespace } from './config/in-cluster.ts';
export { accessCluster, type AccessOptions, type ClusterAccess, type HostProcess } from './config/cluster-access.ts';
export { connect, connectFollowing, connectionOptions, followKubeconfig, serverAuthority, type ClientIdentity, type ConnectionOptions } from './config/connection-options.ts';
export { IndexedStore, keyOf, type IndexFunction, type IndexFunctions } from './informer/indexed-store.ts';
export { ResourceInformer, type InformerDependencies } from './informer/resource-informer.ts';
export { createInformerFactory, type InformerFactory, type InformerOptions, type VersionedInformer } from './informer/informer-factory.ts';
export { WorkQueue, type WorkQueueOptions } from './workqueue/work-queue.ts';
export type { Lane } from './workqueue/lanes.ts';
export { RetryLimiter, type RetryLimits } from './workqueue/retry-limiter.ts';
export { WorkQueueMetrics } from './workqueue/work-queue-metrics.ts';
export { LeaderElector, type LeaderElectorOptions } from './leader-election/leader-elector.ts';
export { electionTimes, type ElectionTimes } from './leader-election/lease-record.ts';
export { createEventRecorder, type EventRecorder, type EventRecorderOptions } from './events/event-recorder.ts';
export { createSeriesRecorder, type SeriesRecorder, type SeriesRecorderOptions, type SeriesStatement } from './events/series-recorder.ts';
export type { EventSubject } from './events/event-subject.ts';
export { loggedTransport, type LoggedTransportOptions } from './transport/logged-transport.ts';
export { meteredTransport } from './transport/metered-transport.ts';
export { ANONYMOUS, bearerToken, DelegatedReviews, type ReviewedAccess, type ReviewedUser } from './delegation/delegated-reviews.ts';

import { hostname } from 'node:os';
import { type Clock, type Rng, type TaskGroup, WakeUp } from '@kubernode/base';
import { newUid, randomSuffix } from '@kubernode/apimachinery';
import { type FileFollower, createCertificateGauges, createRegistry, type RootLogger } from '@kubernode/component-base';
import type { StorageBackend, StorageBackendOptions } from '@kubernode/storage';
import { openTracing } from '@kubernode/tracing';
import type { Registry } from 'prom-client';
import { setUpAggregation } from '../aggregation/set-up-aggregation.ts';
import type { LineWriter } from '../audit/log-sink.ts';
import { setUpAudit } from '../audit/set-up-audit.ts';
import { createAdmissionChain } from '../admission/admission-chain.ts';
import { readAdmissionConfiguration } from '../admission/admission-configuration.ts';
import { createExtensionMetrics } from '../admission/extension/extension-metrics.ts';
import { loadExtensions } from '../admission/extension/load-extensions.ts';
import { admissionPlugins, isBuiltIn } from '../admission/admission-plugins.ts';
import { createConditionMetrics } from '../admission/condition-metrics.ts';
import { setUpPolicies } from '../admission/policy/set-up-policies.ts';
import { setUpWebhooks } from '../admission/webhook/set-up-webhooks.ts';
import { setUpAuthentication } from '../authn/authentication.ts';
import { celExpressions } from '../authn/cel-expressions.ts';
import { authorizerTypes, setUpAuthorization, type Authorization } from '../authz/authorization.ts';
import { rbacEscalationPlugin } from '../authz/rbac/escalation-plugin.ts';
import { type AuthenticationInfo, runAuthenticationInfo } from '../bootstrap/authentication-info.ts';
import { bootstrapSteps } from '../bootstrap/bootstrap.ts';
import { runFlowControlObjects } from '../bootstrap/flow-control-objects.ts';
import { runFlowSchemaStatus } from '../bootstrap/flow-schema-status.ts';
import { runIdentityLease } from '../bootstrap/identity-lease.ts';
import { runKubernetesService } from '../bootstrap/kubernetes-service.ts';
import type { Encryption } from '../encryption/encryption.ts';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { EndpointServices } from '../endpoints/endpoint-services.ts';
import { componentStatusEndpoints } from '../endpoints/component-status.ts';
import { subresourceEndpoints } from '../endpoints/subresources/subresource-endpoints.ts';
import { setUpCustomResources } from '../custom-resources/set-up-custom-resources.ts';
import type { Chain } from '../filters/chain.ts';
import { createAuthorization, reasonAgainstCreate } from '../filters/create-authorization.ts';
import { setUpFlowControl } from '../flowcontrol/flow-control.ts';
import { LeaseKeeper } from '../grpc/lease-keeper.ts';
import { ServerLifecycle } from '../lifecycle/server-lifecycle.ts';
import type { Authenticator } from '../pipeline/api-request.ts';
import { setUpServiceAllocation } from '../registry/core/service/service-allocation.ts';
import { createObjectSources } from '../registry/object-sources.ts';
import { createObjectWriter } from '../registry/object-writer.ts';
import { encodeProtobuf } from '../registry/protobuf.ts';
import { ResourceRegistry } from '../registry/resource-registry.ts';
import type { Admission } from '../registry/write/write-request.ts';
import { setUpResourceMetrics } from '../resource-metrics/set-up-resource-metrics.ts';
import { tablePrinter } from '../table/print-table.ts';
import { HookClient } from '../webhook-client/hook-client.ts';
import { clusterIpResolver, endpointResolver } from '../webhook-client/service-resolver.ts';
import { advertisedAddress, externalAddress } from './addresses.ts';
import { authenticationConfig } from './authentication-config.ts';
import { BootstrapProgress } from './bootstrap-progress.ts';
import { clusterComponents } from './components.ts';
import { etcdCheck, etcdConnectionCheck } from './etcd-check.ts';
import { runEtcdMaintenance } from './etcd-maintenance.ts';
import { nodeConnection } from './node-connection.ts';
import type { ApiServerConfig } from './options.ts';
import { createPipeline } from './request-pipeline.ts';
import { createServerMetrics } from './request-metrics.ts';
import { serverHealth } from './server-health.ts';
import { type OwnFiles, readTrustedAuthorities, type TrustedAuthorities } from './serving-files.ts';
import { storageBackends, type EtcdClients } from './storage-backends.ts';

export interface ReplicaHost { clock: Clock; rng: Rng; logger: RootLogger; stdout: LineWriter; signal: AbortSignal }

export interface ReplicaParts {
  config: ApiServerConfig;
  host: ReplicaHost;
  files: Pick<OwnFiles, 'signingKeyFile'>;
  follower: FileFollower;
  etcds: EtcdClients;
  /** What the replica does beside answering; ends with it. */
  background: TaskGroup;
}

/** An API server without its doors: what turns requests into answers. */
export interface Replica {
  handle: Chain;
  authenticator: Authenticator;
  leases: LeaseKeeper;
  lifecycle: ServerLifecycle;
  /** Tells the cluster where this replica is, until the group is stopped: before it stops serving. */
  announce(port: number, registrations: TaskGroup): void;
  /** Creates what every cluster has, and keeps it; to be called once doors are open. */
  begin(): void;
}

/** One replica on its etcd, wired by hand. */
export async function createReplica(parts: ReplicaParts): Promise<Replica> {
  const { config, host, files, follower, background } = parts;
  const { clock, rng, logger } = host;
  const metricsRegistry = createRegistry();
  createCertificateGauges(metricsRegistry, follower);
  const spawn = (task: (signal: AbortSignal) => Promise<void>): void => { background.spawn(task); };
  const encryption = await openEncryption(parts, metricsRegistry);
  const objects = openObjects(parts, { registry: metricsRegistry, transformers: encryption });
  const { backend, registry, sources, writer } = objects;
  const auth = { sources, files: follower, expressions: celExpressions, clock, rng, registry: metricsRegistry };
  const authorization = setUpAuthorization(config.authorization, { ...auth, env: process.env });
  const authentication = await setUpAuthentication(authenticationConfig(config, files, externalAddress(config)), { ...auth, writer, logger, newId: () => newUid(rng) });
  spawn((signal) => authentication.run(signal));
  const auditor = setUpAudit(config.audit, { clock, rng, logger, files: follower, registry: metricsRegistry, stdout: host.stdout });
  spawn(async (signal) => auditor?.sink.run?.(signal));
  const allocation = setUpServiceAllocation({ ...objects, cidrs: config.serviceClusterIpRanges, nodePorts: config.nodePortRange, clock, rng, logger });
  spawn((signal) => allocation.run(signal));
  const flowControl = setUpFlowControl(config, { clock, logger, metricsRegistry, storageOf: objects.storageOf });
  spawn((signal) => flowControl.run(sources, signal));
  const resolveService = config.aggregation.routesToEndpoints ? endpointResolver(sources, rng) : clusterIpResolver(sources);
  const hookClient = new HookClient({ resolve: resolveService, clock });
  spawn((signal) => hookClient.run(signal));
  const admission = await createAdmission(parts, { ...objects, authorization, hookClient, metricsRegistry });
  const tracing = config.tracing === undefined ? undefined : await openTracing(config.tracing, { service: 'apiserver', instance: hostname(), clock, rng, logger });
  spawn(async (signal) => tracing?.run(signal));
  const metrics = createServerMetrics(metricsRegistry, clock);
  const services: EndpointServices = { ...endpointServices(parts, authorization), watchMetrics: metrics, write: { clock, rng, admission, reservations: new Map([['services.', allocation.reserve]]) } };
  const aggregation = setUpAggregation(config, { sources, writer, resolve: resolveService, follower, clock, logger, metricsRegistry, spawn });
  const nodes = nodeConnection(config, follower);
  const resourceMetrics = setUpResourceMetrics({ connection: nodes, sources, services, clock, logger, spawn });
  const customResources = setUpCustomResources({ ...objects, spawn, hookClient, clock, rng, logger });
  const etcdTarget = { etcd: backend.etcd, key: backend.keyOf('/registry/health'), clock };
  const etcdHealth = etcdCheck({ ...etcdTarget, timeoutMs: config.etcd.healthTimeoutMs });
  const etcdReadiness = etcdCheck({ ...etcdTarget, timeoutMs: config.etcd.readyTimeoutMs });
  const trust = followAuthenticationInfo(parts);
  const bootstrap = new BootstrapProgress(firstSteps(parts, trust.current), { clock, logger });
  const lifecycle = new ServerLifecycle();
  const health = serverHealth({ etcd: { live: etcdHealth, ready: etcdReadiness, connected: etcdConnectionCheck({ etcd: backend.etcd, clock, read: etcdReadiness }) }, bootstrap, customResources, loading: () => registry.loading, lifecycle, encryption });
  const handle = createPipeline({ config, clock, rng, logger, metrics, metricsRegistry, registry, authentication, authorization, flowControl, lifecycle, services, aggregation, resourceMetrics, health, endpoints: [
    ...subresourceEndpoints({ resolve: registry.resolve, services, nodes }),
    ...componentStatusEndpoints(clusterComponents({ etcdMembers: config.etcd.servers.length, etcdFault: etcdHealth }), services),
  ], lookUpCustom: (group, resource) => customResources.lookUp(group, resource), auditor, tracer: tracing?.tracer });
  return {
    handle, authenticator: authentication.authenticator, lifecycle, leases: new LeaseKeeper({ etcd: backend.etcd, keyOf: backend.keyOf, writer, clock, logger }),
    announce(ownPort, registrations) {
      const [address, port] = [advertisedAddress(config), config.advertisePort || ownPort];
      if (config.keepsKubernetesService) registrations.spawn((signal) => runKubernetesService({ backend, writer, allocation, cidrs: config.serviceClusterIpRanges, address, port, isPortShared: config.advertisePort > 0, clock, logger }, signal));
      registrations.spawn((signal) => runIdentityLease({ writer, hostname: hostname(), address, port, clock, rng, logger }, signal));
    },
    begin() {
      spawn((signal) => bootstrap.run(writer, signal));
      spawn((signal) => runAuthenticationInfo({ writer, ...trust, clock, logger }, signal));
      spawn((signal) => runFlowSchemaStatus({ sources, writer, clock, logger }, signal));
      spawn((signal) => runFlowControlObjects({ writer, clock, logger }, signal));
      spawn((signal) => runEtcdMaintenance({ config, etcd: backend.etcd, writer, registry: metricsRegistry, clock, rng, logger }, signal));
    },
  };
}

/** Every object of the cluster, as the parts of a replica reach them. */
interface Objects { backend: StorageBackend; registry: ResourceRegistry; storageOf: ResourceRegistry['storageOf']; sources: ObjectSources; writer: ObjectWriter }

function openObjects({ config, host, etcds, background }: ReplicaParts, options: Pick<StorageBackendOptions, 'registry' | 'transformers'>): Objects {
  const { clock, rng } = host;
  const backends = storageBackends(etcds, { config, host, ...options });
  const registry = new ResourceRegistry(backends.of, { eventTtlSeconds: Math.ceil(config.eventTtlMs / 1000), allowPrivileged: config.allowPrivileged });
  background.spawn((signal) => backends.run(signal));
  background.spawn((signal) => registry.run(signal));
  const storageOf = registry.storageOf.bind(registry);
  return { backend: backends.main, registry, storageOf, sources: createObjectSources({ storageOf, clock, rng, spawn: (task) => { background.spawn(task); } }), writer: createObjectWriter({ servedOf: registry.servedOf.bind(registry), clock, rng }) };
}

/** gRPC and ciphers are loaded by servers that encrypt. */
async function openEncryption({ config, host: { clock, rng, logger }, background }: ReplicaParts, registry: Registry): Promise<Encryption | undefined> {
  if (config.encryption.file === undefined) return undefined;
  const { setUpEncryption } = await import('../encryption/encryption.ts');
  const encryption = await setUpEncryption(config.encryption, { clock, rng, logger, registry });
  background.spawn(async (signal) => encryption?.run(signal));
  return encryption;
}

/** Whom this server believes, as the cluster is told, and a bell for changes. */
function followAuthenticationInfo({ config, follower }: ReplicaParts): { current: () => AuthenticationInfo; changed: WakeUp } {
  const changed = new WakeUp();
  let authorities: TrustedAuthorities = { clientCa: undefined, frontProxyCa: undefined };
  follower.follow((read) => readTrustedAuthorities(config, read), (read) => { authorities = read; changed.ring(); });
  changed.take(); // the first is a step of the start
  return { current: () => ({ ...authorities, frontProxy: config.frontProxy }), changed };
}

function firstSteps({ config, host: { clock }, follower }: ReplicaParts, authentication: () => AuthenticationInfo): ReturnType<typeof bootstrapSteps> {
  const rbac = authorizerTypes(config.authorization, { files: follower, expressions: celExpressions }).includes('RBAC');
  return bootstrapSteps({ rbac, serviceCidrs: config.serviceClusterIpRanges, authentication, clock });
}

interface AdmissionParts extends Objects { authorization: Authorization; hookClient: HookClient; metricsRegistry: Registry }

/** Every admission plugin that the flags ask for, in Kubernetes' order. */
async function createAdmission({ config, follower, host: { clock, rng, logger } }: ReplicaParts, { registry, sources, writer, authorization: { authorizer, rbac }, hookClient, metricsRegistry }: AdmissionParts): Promise<Admission> {
  const conditionMetrics = createConditionMetrics(metricsRegistry);
  const webhooks = setUpWebhooks({ client: hookClient, registry, authorizer, sources, writer, metricsRegistry, conditionMetrics, clock, rng, logger });
  const policies = setUpPolicies({ registry, sources, writer, authorizer, metricsRegistry, conditionMetrics, clock });
  const { sources: modules, timeoutMs } = config.admissionExtensions;
  const extensions = await loadExtensions(modules, { clock, logger, timeoutMs, metrics: createExtensionMetrics(metricsRegistry), isTaken: isBuiltIn });
  const plugins = admissionPlugins({ enabled: config.enabledPlugins, disabled: config.disabledPlugins, extensions }, {
    sources, authorizer, webhooks, policies, clock, rng, randomSuffix: (length) => randomSuffix(length, rng),
    get: (resource, namespace, name) => writer.get(resource, namespace, name), list: (resource, namespace) => writer.list(resource, namespace),
    update: (resource, key, change, options) => writer.update(resource, key, change, options), create: (resource, object) => writer.create(resource, object),
    resourcesOfKind: ({ group, version, kind }) => registry.api.resources.filter((one) => one.kind === kind && one.version === version && one.group === group),
    configurationOf: readAdmissionConfiguration(config.admissionConfigFile), files: follower,
  });
  return createAdmissionChain([...plugins, ...(rbac === undefined ? [] : [rbacEscalationPlugin(rbac, authorizer)])]);
}

function endpointServices({ config, host: { clock, logger } }: ReplicaParts, { authorizer }: Authorization): Omit<EndpointServices, 'watchMetrics' | 'write'> {
  return {
    clock, logger, printTable: tablePrinter({ customColumns: ({ custom }) => custom?.columns }), encodeProtobuf,
    authorizeCreate: createAuthorization(authorizer), reasonAgainstCreate: reasonAgainstCreate(authorizer), minRequestTimeoutMs: config.minRequestTimeoutMs,
  };
}

import { hostname, networkInterfaces } from 'node:os';
import { errorMessage, isAbortError, TaskGroup, whenAborted, type Clock, type Rng } from '@kubernode/base';
import { newUid, randomSuffix } from '@kubernode/apimachinery';
import { createRegistry, UserError, type RootLogger } from '@kubernode/component-base';
import { setUpAggregation } from '../aggregation/set-up-aggregation.ts';
import type { LineWriter } from '../audit/log-sink.ts';
import { setUpAudit } from '../audit/set-up-audit.ts';
import { createAdmissionChain } from '../admission/admission-chain.ts';
import { readAdmissionConfiguration } from '../admission/admission-configuration.ts';
import type { AdmissionPlugin } from '../admission/admission.ts';
import { createExtensionMetrics } from '../admission/extension/extension-metrics.ts';
import { loadExtensions } from '../admission/extension/load-extensions.ts';
import { admissionPlugins, isBuiltIn } from '../admission/admission-plugins.ts';
import { createConditionMetrics } from '../admission/condition-metrics.ts';
import type { PolicyServices } from '../admission/policy/policy-services.ts';
import { setUpPolicies } from '../admission/policy/set-up-policies.ts';
import { setUpWebhooks } from '../admission/webhook/set-up-webhooks.ts';
import type { WebhookServices } from '../admission/webhook/webhook-services.ts';
import { setUpAuthentication } from '../authn/authentication.ts';
import { celExpressions } from '../authn/cel-expressions.ts';
import { FileFollower } from '../authn/file-follower.ts';
import { authorizerTypes, setUpAuthorization, type Authorization } from '../authz/authorization.ts';
import { rbacEscalationPlugin } from '../authz/rbac/escalation-plugin.ts';
import { bootstrapSteps, type BootstrapStep } from '../bootstrap/bootstrap.ts';
import { runFlowControlObjects } from '../bootstrap/flow-control-objects.ts';
import { runFlowSchemaStatus } from '../bootstrap/flow-schema-status.ts';
import { runIdentityLease } from '../bootstrap/identity-lease.ts';
import { runKubernetesService } from '../bootstrap/kubernetes-service.ts';
import type { Encryption } from '../encryption/encryption.ts';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { EndpointServices } from '../endpoints/endpoint-services.ts';
import { componentStatusEndpoints } from '../endpoints/component-status.ts';
import { subresourceEndpoints } from '../endpoints/subresources/subresource-endpoints.ts';
import type { CustomResources } from '../custom-resources/custom-resources.ts';
import { setUpCustomResources } from '../custom-resources/set-up-custom-resources.ts';
import { createAuthorization, reasonAgainstCreate } from '../filters/create-authorization.ts';
import { setUpFlowControl } from '../flowcontrol/flow-control.ts';
import type { GrpcServer } from '../grpc/grpc-server.ts';
import { LeaseKeeper } from '../grpc/lease-keeper.ts';
import { HttpsServer } from '../http/https-server.ts';
import { ServerLifecycle } from '../lifecycle/server-lifecycle.ts';
import { shutDown } from '../lifecycle/shut-down.ts';
import type { Answer, ApiRequest, Authenticator } from '../pipeline/api-request.ts';
import { setUpServiceAllocation, type ServiceAllocation } from '../registry/core/service/service-allocation.ts';
import { createObjectSources } from '../registry/object-sources.ts';
import { createObjectWriter } from '../registry/object-writer.ts';
import { encodeProtobuf } from '../registry/protobuf.ts';
import { ResourceRegistry } from '../registry/resource-registry.ts';
import { setUpResourceMetrics } from '../resource-metrics/set-up-resource-metrics.ts';
import { tablePrinter } from '../table/print-table.ts';
import { HookClient } from '../webhook-client/hook-client.ts';
import { clusterIpResolver, endpointResolver } from '../webhook-client/service-resolver.ts';
import { authenticationConfig } from './authentication-config.ts';
import { clusterComponents } from './components.ts';
import { etcdCheck } from './etcd-check.ts';
import type { HealthCheck, HealthChecks } from './health.ts';
import { nodeConnection } from './node-connection.ts';
import type { ApiServerConfig } from './options.ts';
import { createPipeline } from './request-pipeline.ts';
import { createServerMetrics } from './request-metrics.ts';
import { followServingTls, readServingFiles, servingTls, type ServingFiles } from './serving-files.ts';
import { connectEtcds, storageBackends, type EtcdClients, type StorageBackends } from './storage-backends.ts';

/** Steps that health checks name without a prefix. */
const PLAIN_CHECKS: ReadonlySet<string> = new Set(['autoregister-completion']);

export interface ApiServerHost { clock: Clock; rng: Rng; logger: RootLogger; stdout: LineWriter; signal: AbortSignal }

const BOOTSTRAP_RETRY_MS = 1_000;

/** Runs an API server until the signal aborts and everything it started has ended. */
export async function runApiServer(config: ApiServerConfig, host: ApiServerHost): Promise<void> {
  const { logger, clock } = host;
  for (const { flag, why } of config.ignored) logger.info('flag has no effect', { flag: `--${flag}`, why });
  const files = await readServingFiles(config, { ...host, addresses: ownAddresses() });
  const etcds = await connectEtcds(config, host);
  const background = new TaskGroup();
  try {
    const server = await ApiServer.start({ config, host, files, follower: new FileFollower(host), etcds, background });
    await Promise.race([whenAborted(host.signal), whenAborted(background.signal)]);
    await server.stop();
  } finally {
    background.stop();
    await background.done();
    etcds.close();
    logger.info('stopped', { at: clock.now() });
  }
}

interface Parts { config: ApiServerConfig; host: ApiServerHost; files: ServingFiles; follower: FileFollower; etcds: EtcdClients; background: TaskGroup }

/** One replica: stores, pipeline and doors, wired by hand. */
class ApiServer {
  readonly #config: ApiServerConfig;
  readonly #host: ApiServerHost;
  readonly #registry: ResourceRegistry;
  readonly #encryption: Encryption | undefined;
  readonly #follower: FileFollower;
  readonly #steps: readonly BootstrapStep[];
  readonly #stepsDone = new Set<string>();
  #https: HttpsServer | undefined;
  #grpc: GrpcServer | undefined;
  readonly #lifecycle = new ServerLifecycle();
  /** What tells others of this server; undone before it stops serving. */
  readonly #registrations = new TaskGroup();

  private constructor({ config, host, files, follower }: Parts, backends: StorageBackends, encryption: Encryption | undefined) {
    this.#config = config;
    this.#host = host;
    this.#encryption = encryption;
    this.#follower = follower;
    this.#registry = new ResourceRegistry(backends.of, { eventTtlSeconds: Math.ceil(config.eventTtlMs / 1000), allowPrivileged: config.allowPrivileged });
    this.#steps = bootstrapSteps({ rbac: authorizerTypes(config.authorization, { files: follower, expressions: celExpressions }).includes('RBAC'), serviceCidrs: config.serviceClusterIpRanges, authentication: { clientCa: files.clientCa, frontProxyCa: files.frontProxyCa, frontProxy: config.frontProxy }, clock: host.clock });
  }

  static async start(parts: Parts): Promise<ApiServer> {
    const { config, host, files, follower, etcds, background } = parts;
    const { clock, rng, logger } = host;
    const metricsRegistry = createRegistry();
    const encryption = config.encryption.file === undefined ? undefined : await (await import('../encryption/encryption.ts')).setUpEncryption(config.encryption, { clock, rng, logger, registry: metricsRegistry }); // gRPC and ciphers are loaded by servers that use them
    if (encryption !== undefined) background.spawn((signal) => encryption.run(signal));
    const backends = storageBackends(etcds, { config, host, registry: metricsRegistry, transformers: encryption });
    const backend = backends.main;
    const server = new ApiServer(parts, backends, encryption);
    background.spawn((signal) => backends.run(signal));
    background.spawn((signal) => server.#registry.run(signal));
    const storageOf = server.#registry.storageOf.bind(server.#registry);
    const sources = createObjectSources({ storageOf, clock, rng, spawn: (task) => background.spawn(task) });
    const writer = createObjectWriter({ storageOf, clock, rng });
    const auth = { sources, files: follower, expressions: celExpressions, clock, rng, registry: metricsRegistry };
    const authorization = setUpAuthorization(config.authorization, { ...auth, env: process.env });
    const authentication = await setUpAuthentication(authenticationConfig(config, files, externalAddress(config)), { ...auth, writer, logger, newId: () => newUid(rng) });
    background.spawn((signal) => follower.run(signal));
    background.spawn((signal) => authentication.run(signal));
    const metrics = createServerMetrics(metricsRegistry, clock);
    const auditor = setUpAudit(config.audit, { clock, rng, logger, registry: metricsRegistry, stdout: host.stdout });
    background.spawn(async (signal) => auditor?.sink.run?.(signal));
    const allocation = setUpServiceAllocation({ backend, storageOf, sources, writer, cidrs: config.serviceClusterIpRanges, nodePorts: config.nodePortRange, clock, rng, logger });
    background.spawn((signal) => allocation.run(signal));
    const flowControl = setUpFlowControl(config, { clock, logger, metricsRegistry, storageOf });
    background.spawn((signal) => flowControl.run(sources, signal));
    const resolveService = config.aggregation.routesToEndpoints ? endpointResolver(sources, rng) : clusterIpResolver(sources);
    const hookClient = new HookClient({ resolve: resolveService, clock });
    background.spawn((signal) => hookClient.run(signal));
    const conditionMetrics = createConditionMetrics(metricsRegistry);
    const webhooks = setUpWebhooks({ client: hookClient, registry: server.#registry, authorizer: authorization.authorizer, sources, writer, metricsRegistry, conditionMetrics, clock, rng, logger });
    const policies = setUpPolicies({ registry: server.#registry, sources, writer, authorizer: authorization.authorizer, metricsRegistry, conditionMetrics, clock });
    const extensions = await loadExtensions(config.admissionExtensions.sources, { clock, logger, timeoutMs: config.admissionExtensions.timeoutMs, metrics: createExtensionMetrics(metricsRegistry), isTaken: isBuiltIn });
    const services = server.#endpointServices({ sources, writer, extensions, authorization, allocation, webhooks, policies, watchMetrics: metrics });
    const aggregation = setUpAggregation(config, { sources, writer, resolve: resolveService, clock, logger, metricsRegistry, spawn: (task) => background.spawn(task) });
    const resourceMetrics = setUpResourceMetrics({ connection: nodeConnection(config), sources, services, clock, logger, spawn: (task) => background.spawn(task) });
    const { etcd } = backend;
    const key = backend.keyOf('/registry/health');
    const customResources = setUpCustomResources({ backend, registry: server.#registry, sources, writer, storageOf, spawn: (task) => background.spawn(task), hookClient, clock, rng, logger });
    const etcdHealth = etcdCheck({ etcd, key, clock, timeoutMs: config.etcd.healthTimeoutMs });
    const handle = createPipeline({ config, clock, rng, logger, metrics, metricsRegistry, registry: server.#registry, authentication, authorization, flowControl, lifecycle: server.#lifecycle, services, aggregation, resourceMetrics, health: server.#health(etcdHealth, etcdCheck({ etcd, key, clock, timeoutMs: config.etcd.readyTimeoutMs }), customResources), endpoints: [
      ...subresourceEndpoints({ resolve: server.#registry.resolve, services, nodes: nodeConnection(config) }),
      ...componentStatusEndpoints(clusterComponents({ etcdMembers: config.etcd.servers.length, etcdFault: etcdHealth }), services),
    ], lookUpCustom: (group, resource) => customResources.lookUp(group, resource), auditor });
    const port = await server.#open({ handle, files, authenticator: authentication.authenticator });
    if (config.keepsKubernetesService) {
      const address = advertisedAddress(config);
      server.#registrations.spawn((signal) => runKubernetesService({ backend, writer, allocation, cidrs: config.serviceClusterIpRanges, address, port: config.advertisePort || port, isPortShared: config.advertisePort > 0, clock, logger }, signal));
    }
    server.#registrations.spawn((signal) => runIdentityLease({ writer, hostname: hostname(), address: advertisedAddress(config), port: config.advertisePort || port, clock, rng, logger }, signal));
    if (config.grpcPort > 0) await server.#openGrpc(handle, files, new LeaseKeeper({ etcd, keyOf: backend.keyOf, writer, clock, logger }));
    background.spawn((signal) => server.#bootstrap(writer, signal));
    background.spawn((signal) => runFlowSchemaStatus({ sources, writer, clock, logger }, signal));
    background.spawn((signal) => runFlowControlObjects({ writer, clock, logger }, signal));
    return server;
  }

  #endpointServices({ sources, writer, extensions, authorization, allocation, webhooks, policies, watchMetrics }: { sources: ObjectSources; writer: ObjectWriter; extensions: readonly AdmissionPlugin[]; authorization: Authorization; allocation: ServiceAllocation; webhooks: WebhookServices; policies: PolicyServices; watchMetrics: EndpointServices['watchMetrics'] }): EndpointServices {
    const { clock, rng, logger } = this.#host;
    const { authorizer, rbac } = authorization;
    const plugins = admissionPlugins({ enabled: this.#config.enabledPlugins, disabled: this.#config.disabledPlugins, extensions }, {
      sources, authorizer, webhooks, policies, get: (resource, namespace, name) => writer.get(resource, namespace, name), list: (resource, namespace) => writer.list(resource, namespace), update: (resource, key, change) => writer.update(resource, key, change), create: (resource, object) => writer.create(resource, object),
      resourcesOfKind: ({ group, version, kind }) => this.#registry.api.resources.filter((one) => one.kind === kind && one.version === version && one.group === group), configurationOf: readAdmissionConfiguration(this.#config.admissionConfigFile), clock, rng, randomSuffix: (length) => randomSuffix(length, rng),
    });
    const admission = createAdmissionChain([...plugins, ...(rbac === undefined ? [] : [rbacEscalationPlugin(rbac, authorizer)])]);
    return {
      clock, logger, printTable: tablePrinter({ customColumns: ({ custom }) => custom?.columns }), encodeProtobuf, watchMetrics, authorizeCreate: createAuthorization(authorizer), reasonAgainstCreate: reasonAgainstCreate(authorizer), minRequestTimeoutMs: this.#config.minRequestTimeoutMs,
      write: { clock, rng, admission, reservations: new Map([['services.', allocation.reserve]]) },
    };
  }

  async #open({ handle, files, authenticator }: { handle: (request: ApiRequest) => Promise<Answer>; files: ServingFiles; authenticator: Authenticator }): Promise<number> {
    const { clock, rng, logger } = this.#host;
    this.#https = new HttpsServer({
      host: this.#config.bindAddress, port: this.#config.securePort, clock, logger, handle,
      tls: servingTls(this.#config, files, (file) => this.#follower.read(file)),
      requestTimeoutMs: this.#config.requestTimeoutMs, isLastOfConnection: () => rng.next() < this.#config.goAwayChance,
      isKnown: (sender) => typeof authenticator.known?.(sender) === 'object',
    });
    const https = this.#https;
    followServingTls(this.#config, files, { follower: this.#follower, take: (tls) => { https.setTls(tls); } });
    const port = await https.start();
    logger.info('serving', { address: this.#config.bindAddress, port });
    return port;
  }

  async #openGrpc(handle: (request: ApiRequest) => Promise<Answer>, files: ServingFiles, leases: LeaseKeeper): Promise<void> {
    const { bindAddress: host, grpcPort: port } = this.#config;
    const { clock, logger } = this.#host;
    if (files.clientCa === undefined) throw new UserError('--grpc-port needs --client-ca-file: callers are known by their certificates');
    const { GrpcServer: Server } = await import('../grpc/grpc-server.ts');
    this.#grpc = new Server({ host, port, clock, logger, handle, leases, tls: { cert: files.certificate, key: files.key, clientCa: files.clientCa } });
    await this.#grpc.start();
    logger.info('serving gRPC', { address: host, port });
  }

  /** Creates what every cluster has; tried again until it is there. Shows in /readyz. */
  async #bootstrap(writer: ObjectWriter, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#steps.map((step) => this.#take(step, writer, signal)));
    if (!signal.aborted) this.#host.logger.info('ready');
  }

  async #take({ name, run }: BootstrapStep, writer: ObjectWriter, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#stepsDone.has(name)) {
      try {
        await run(writer);
        this.#stepsDone.add(name);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) return;
        this.#host.logger.warn('a bootstrap step failed and is tried again', { step: name, error: errorMessage(error) });
        await this.#host.clock.sleep(BOOTSTRAP_RETRY_MS, { signal });
      }
    }
  }

  #health(etcdHealth: HealthCheck['check'], etcdReadiness: HealthCheck['check'], customResources: CustomResources): HealthChecks {
    const always: HealthCheck[] = ['ping', 'log'].map((name) => ({ name, check: () => undefined }));
    const etcd: HealthCheck = { name: 'etcd', check: etcdHealth };
    const hooks: HealthCheck[] = this.#steps.map(({ name }) => ({ name: PLAIN_CHECKS.has(name) ? name : `poststarthook/${name}`, check: () => (this.#stepsDone.has(name) ? undefined : 'not finished') }));
    hooks.push({ name: 'poststarthook/crd-informer-synced', check: () => (customResources.ready ? undefined : 'not finished') });
    const informers: HealthCheck = { name: 'informer-sync', check: () => (this.#registry.loading.length === 0 ? undefined : `loading ${this.#registry.loading.join(', ')}`) };
    const shutdown: HealthCheck = { name: 'shutdown', check: () => (this.#lifecycle.phase === 'serving' ? undefined : 'process is shutting down') };
    const encryption = this.#encryption;
    const plugins: HealthCheck[] = encryption?.hasHealthCheck === true ? [{ name: 'kms-providers', check: () => encryption.check() }] : []; // not in /livez: a restart would not help
    return { healthz: [...always, etcd, ...plugins, ...hooks], livez: [...always, etcd, ...hooks], readyz: [...always, etcd, { name: 'etcd-readiness', check: etcdReadiness }, ...plugins, informers, ...hooks, shutdown] };
  }

  async stop(): Promise<void> {
    const { clock, logger } = this.#host;
    const { shutdownDelayMs: delayMs, shutdownSendRetryAfter: sendRetryAfter, shutdownWatchGraceMs: watchGraceMs, requestTimeoutMs } = this.#config;
    await shutDown({ delayMs, sendRetryAfter, watchGraceMs, requestTimeoutMs }, {
      lifecycle: this.#lifecycle, doors: [this.#https, this.#grpc].filter((door) => door !== undefined), clock, logger,
      deregister: async () => { this.#registrations.stop(); await this.#registrations.done(); },
    });
  }
}

/** The address that is told to others, as far as flags and the host's own addresses say. */
function advertisedAddress({ advertiseAddress, bindAddress }: ApiServerConfig): string {
  return advertiseAddress ?? (isUnspecified(bindAddress) ? ownAddresses()[0] ?? '127.0.0.1' : bindAddress);
}

function externalAddress(config: ApiServerConfig): string {
  const address = advertisedAddress(config);
  return `${address.includes(':') ? `[${address}]` : address}:${config.advertisePort || config.securePort}`;
}

function isUnspecified(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address));
}

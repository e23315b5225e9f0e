import type { Clock, Rng } from '@kubernode/base';
import { encodeYaml } from '@kubernode/apimachinery';
import { version, type RootLogger } from '@kubernode/component-base';
import type { Tracer } from '@kubernode/tracing';
import type { Registry } from 'prom-client';
import type { Aggregation } from '../aggregation/set-up-aggregation.ts';
import type { Authentication } from '../authn/authentication.ts';
import { authnEndpoints } from '../authn/authn-endpoints.ts';
import { withImpersonation } from '../authn/impersonation/impersonation-filter.ts';
import type { Authorization } from '../authz/authorization.ts';
import { httpReviewCodec } from '../authz/review/http-review-codec.ts';
import { accessReviewEndpoints } from '../authz/review/review-endpoints.ts';
import { discoveryHandler } from '../discovery/discovery-handler.ts';
import type { ServedApi } from '../discovery/served-api.ts';
import type { PathHandler, ResourceEndpoint } from '../endpoints/endpoint.ts';
import type { EncodeProtobuf, EndpointServices } from '../endpoints/endpoint-services.ts';
import { valueAnswer, wantsPretty } from '../endpoints/encode-value.ts';
import { negotiateError } from '../endpoints/negotiation.ts';
import { createRouter } from '../endpoints/router.ts';
import { withAudit, withFailedRequestAudit, type Auditor } from '../filters/audit.ts';
import { auditId } from '../filters/audit-id.ts';
import { withAuthentication } from '../filters/authentication.ts';
import { withAuthorization } from '../filters/authorization.ts';
import { createChain, type Chain } from '../filters/chain.ts';
import { DeadlineFilter } from '../filters/deadline.ts';
import { compression } from '../filters/compression.ts';
import { errors } from '../filters/errors.ts';
import { metrics as requestMetrics } from '../filters/metrics.ts';
import { withRequestLog } from '../filters/request-log.ts';
import { shutdown } from '../filters/shutdown.ts';
import { SlowRequests } from '../filters/slow-requests.ts';
import { withSteps } from '../filters/steps.ts';
import { withTracing } from '../filters/tracing.ts';
import { warnings } from '../filters/warnings.ts';
import type { FlowControl } from '../flowcontrol/flow-control.ts';
import type { ServerLifecycle } from '../lifecycle/server-lifecycle.ts';
import { openApiHandler } from '../openapi/openapi-handler.ts';
import type { ApiRequest, BufferedAnswer } from '../pipeline/api-request.ts';
import { errorHeaders, toStatusError } from '../pipeline/status-answer.ts';
import type { ResourceMetrics } from '../resource-metrics/set-up-resource-metrics.ts';
import type { ResourceRegistry } from '../registry/resource-registry.ts';
import { debugHandlers } from './debug-handlers.ts';
import { healthHandlers, type HealthChecks } from './health.ts';
import { HealthMetrics } from './health-metrics.ts';
import { metricsHandlers } from './metrics-handler.ts';
import type { ApiServerConfig } from './options.ts';
import type { ServerMetrics } from './request-metrics.ts';
import { statusPages } from './status-pages.ts';
import { rootHandler } from './root-handler.ts';
import { versionHandler } from './version-handler.ts';

export interface PipelineParts {
  config: ApiServerConfig;
  clock: Clock;
  rng: Rng;
  logger: RootLogger;
  metrics: ServerMetrics;
  metricsRegistry: Registry;
  registry: ResourceRegistry;
  authentication: Authentication;
  authorization: Authorization;
  flowControl: FlowControl;
  lifecycle: ServerLifecycle;
  services: EndpointServices;
  aggregation: Aggregation;
  resourceMetrics: ResourceMetrics;
  health: HealthChecks;
  /** Undefined where nothing is traced. */
  tracer: Tracer | undefined;
  /** Undefined where nothing is audited. */
  auditor: Auditor | undefined;
  endpoints: readonly ResourceEndpoint[];
  /** Makes a custom resource known that was established by another replica. */
  lookUpCustom(group: string, resource: string): Promise<boolean>;
}

/** Everything between a request and its answer, in one place: the filters in their order, and what they lead to. */
export function createPipeline(parts: PipelineParts): Chain {
  const { config, auditor, clock, rng, logger, metrics, authentication: { authenticator, anonymous, counts }, authorization: { authorizer }, services: { encodeProtobuf } } = parts;
  return createChain([
    withRequestLog({ logger, clock, verbosity: () => logger.verbosity }),
    withSteps({
      steps: [auditId({ rng }), requestMetrics({ clock, observer: metrics, slow: new SlowRequests({ logger, clock }) }), shutdown({ lifecycle: parts.lifecycle, sendRetryAfter: config.shutdownSendRetryAfter }), compression(), warnings()],
      answerError: errors({ logger, render: (error, request) => renderError(error, request, encodeProtobuf) }),
    }),
    ...(auditor === undefined ? [] : [withFailedRequestAudit(auditor)]),
    new DeadlineFilter({ clock, timeoutMs: config.requestTimeoutMs }).filter,
    withAuthentication({ authenticator, anonymous, counts }),
    ...(parts.tracer === undefined ? [] : [withTracing(parts.tracer)]),
    ...(auditor === undefined ? [] : [withAudit(auditor)]),
    withImpersonation({ authorizer }),
    parts.flowControl.filter,
    withAuthorization({ authorizer, counts }),
  ], parts.aggregation.passOn(parts.resourceMetrics.serve(createRouter({ resolve: parts.registry.resolve, lookUpCustom: parts.lookUpCustom, services: parts.services, paths: pathHandlers(parts), endpoints: resourceEndpoints(parts) }))), clock);
}

function resourceEndpoints({ authentication, authorization, services, clock, endpoints }: PipelineParts): ResourceEndpoint[] {
  const codec = httpReviewCodec(services);
  return [...authnEndpoints({ ...authentication, anonymous: authentication.anonymous.everywhere, codec, clock, admission: services.write.admission }), ...accessReviewEndpoints({ ...authorization, codec, admission: services.write.admission }), ...endpoints];
}

function pathHandlers({ config, registry, clock, logger, authentication, flowControl, health, metricsRegistry, services, aggregation, resourceMetrics }: PipelineParts): PathHandler[] {
  const healthMetrics = new HealthMetrics();
  const served = (): ServedApi => registry.api;
  const encoders = { 'application/yaml': (document: object) => Buffer.from(encodeYaml(document)), 'application/vnd.kubernetes.protobuf': (document: object) => services.encodeProtobuf(document) ?? Buffer.from(JSON.stringify(document)) };
  return [
    ...healthHandlers(health, { metrics: healthMetrics, logger }), versionHandler(), ...metricsHandlers({ all: metricsRegistry, slis: healthMetrics.registry }),
    ...statusPages({ startedAt: clock.now(), now: () => clock.now(), flags: config.flags }), debugHandlers({ clock, profiling: config.profiling, setVerbosity: (verbosity) => { logger.verbosity = verbosity; } }), ...authentication.pathHandlers, ...flowControl.pathHandlers,
    discoveryHandler({ served: () => aggregation.merge(resourceMetrics.offer(served())), serverAddress: `${config.advertiseAddress ?? '127.0.0.1'}:${config.securePort}`, encoders }),
    openApiHandler({ served, gitVersion: version.gitVersion, release: version.kubernode, remote: aggregation.openApi }), rootHandler({ served, health }),
  ];
}

function renderError(error: unknown, { headers: asked, query }: ApiRequest, encodeProtobuf: EncodeProtobuf): BufferedAnswer {
  const statusError = toStatusError(error);
  const { encoding, pretty } = negotiateError(asked['accept']);
  const answer = valueAnswer(statusError.code, statusError.toStatus(), { encoding, pretty: pretty || wantsPretty(query, asked['user-agent']), encodeProtobuf });
  const headers = errorHeaders(statusError);
  return headers === undefined ? answer : { ...answer, headers };
}

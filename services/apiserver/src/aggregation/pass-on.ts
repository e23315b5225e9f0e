import type { IncomingMessage } from 'node:http';
import { linkSignals, type Clock } from '@kubernode/base';
import { serviceUnavailable, StatusError } from '@kubernode/apimachinery';
import { askBackend, upgradeToBackend, type BackendRequest } from '../endpoints/subresources/backend-connection.ts';
import { copyTo, escapePath } from '../endpoints/subresources/proxy-endpoints.ts';
import type { Answer, ApiRequest, Handler, RequestContext, RequestInfo } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import type { ResolveService, ServerAddress } from '../webhook-client/service-resolver.ts';
import type { RemoteVersion } from './api-service.ts';
import { forwardedHeaders, relayedHeaders, userHeaders } from './front-proxy-headers.ts';
import type { RemoteVersions } from './remote-versions.ts';
import type { ServerConnections } from './server-connections.ts';

/** Clients find out what is served before they do anything else: it may not take long. */
const DISCOVERY_TIMEOUT_MS = 5_000;
const UNAVAILABLE = 'service unavailable\n';

export interface PassOnParts { remotes: RemoteVersions; resolve: ResolveService; connections: ServerConnections; clock: Clock }

/** Requests for groups and versions of other servers go there; all others go on. */
export function passOnToServers(next: Handler, parts: PassOnParts): Handler {
  const { remotes } = parts;
  return (request, context) => {
    if (remotes.size === 0) return next(request, context);
    const remote = remoteOf(context.info, remotes);
    return remote === undefined ? next(request, context) : passOn(request, context, { ...parts, remote });
  };
}

function remoteOf({ isResourceRequest, group, version, path }: RequestInfo, remotes: RemoteVersions): RemoteVersion | undefined {
  if (isResourceRequest) return remotes.get(group, version);
  const [prefix, first = '', second = ''] = path.slice(1).split('/');
  if (prefix === 'apis') return remotes.get(first, second);
  return prefix === 'api' ? remotes.get('', first) : undefined;
}

/** Sends one request to a server and relays its answer. */
export async function passOn(request: ApiRequest, context: RequestContext, { remote, resolve, connections, clock }: PassOnParts & { remote: RemoteVersion }): Promise<Answer> {
  const address = remote.isAvailable ? locate(resolve, remote) : undefined;
  if (address === undefined) return textAnswer(503, UNAVAILABLE);
  const backend = requestTo(remote, { address, connections, request, context });
  if (request.headers['upgrade'] !== undefined && request.transport === 'https') return upgradeToBackend({ ...backend, headers: { ...backend.headers, connection: 'Upgrade', upgrade: request.headers['upgrade'] } });
  const isDiscovery = !context.info.isResourceRequest && request.path.replace(/^\/|\/$/g, '').split('/').length === 3;
  using ended = linkSignals(isDiscovery ? request.signal : undefined);
  using _timer = isDiscovery ? clock.after(DISCOVERY_TIMEOUT_MS, () => { ended.abort(); }) : undefined;
  try {
    const answer = await askBackend({ ...backend, body: request.body, signal: isDiscovery ? ended.signal : request.signal, refusal: (why) => serviceUnavailable(`error trying to reach service: ${why}`) });
    return relayed(answer, { finite: context.info.verb !== 'watch' });
  } catch (error) {
    if (isDiscovery && ended.signal.aborted && !request.signal.aborted) return textAnswer(503, 'error trying to reach service: context deadline exceeded\n');
    if (error instanceof StatusError) return textAnswer(503, `${error.message}\n`);
    throw error;
  }
}

function locate(resolve: ResolveService, { service }: RemoteVersion): ServerAddress | undefined {
  try { return resolve(service); } catch { return undefined; } // the condition of the APIService says why
}

function requestTo({ caBundle, insecure, serverName }: RemoteVersion, { address, connections, request, context: { user, course } }: { address: ServerAddress; connections: ServerConnections; request: ApiRequest; context: RequestContext }): BackendRequest {
  const query = request.query.size === 0 ? '' : `?${request.query}`;
  return {
    backend: { scheme: 'https', ...address }, method: request.method, path: `${escapePath(request.path)}${query}`,
    headers: { ...forwardedHeaders(request), ...userHeaders(user), ...course?.headers },
    tls: { agent: connections.agentFor({ caBundle, insecure }), serverName },
  };
}

/** Where clients are sent is not for another server to say. */
function relayed(answer: IncomingMessage, { finite }: { finite: boolean }): Answer {
  const { statusCode: status = 502 } = answer;
  if (status >= 300 && status <= 399 && answer.headers.location !== undefined) {
    answer.destroy();
    return textAnswer(502, 'the backend attempted to redirect this request, which is not permitted');
  }
  const { 'content-type': contentType = '', ...headers } = relayedHeaders(answer.headers);
  return { kind: 'stream', finite, status, contentType, headers, write: (sink, signal) => copyTo(sink, answer, signal) };
}

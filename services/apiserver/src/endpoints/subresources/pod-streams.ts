import { badRequest, forbidden, internalErrorWithoutReason, invalid } from '@kubernode/apimachinery';
import { asksForWebSocket, overWebSocket } from '../../pipeline/websocket.ts';
import type { Answer, ApiRequest, Handler, RequestContext, StreamAnswer } from '../../pipeline/api-request.ts';
import type { ResourceEndpoint } from '../endpoint.ts';
import { negotiate } from '../negotiation.ts';
import type { Admission } from '../../registry/write/write-request.ts';
import { askBackend, upgradeToBackend } from './backend-connection.ts';
import { findPod, nodeAgent, type LocationParts, type Pod } from './backend-location.ts';
import { admitConnection, streamOptions, type ConnectOptions } from './connect-admission.ts';
import { checkLogAnswer } from './log-answer.ts';
import { logOptions } from './log-options.ts';
import { copyTo, withoutDryRun } from './proxy-endpoints.ts';

interface Parts extends LocationParts {
  /** Why the user may not create what the request names; undefined when nothing speaks against it. */
  reasonAgainstCreate(request: ApiRequest, context: RequestContext): Promise<string | undefined>;
  admission: Admission;
}

const OPTIONS = { exec: 'PodExecOptions', attach: 'PodAttachOptions', portForward: 'PodPortForwardOptions' } as const;


/** Clients that take no bytes get them spelled out. */
const BASE64_PROTOCOL = 'base64.binary.k8s.io';
const HTTPS_ONLY = 'Upgrade request required';

/** What the server passes on to the node a pod runs on, authenticated as itself: logs, shells, ports. */
export function podStreamEndpoints(parts: Parts): ResourceEndpoint[] {
  const pod = (subresource: string, verbs: readonly string[], handle: Handler): ResourceEndpoint[] => verbs.map((verb) => ({ group: '', resource: 'pods', subresource, verb, handle }));
  return [
    ...pod('log', ['get'], (request, context) => answerLog(request, context, parts)),
    ...pod('exec', ['get', 'create'], withoutDryRun((request, context) => answerStream('exec', request, context, parts))),
    ...pod('attach', ['get', 'create'], withoutDryRun((request, context) => answerStream('attach', request, context, parts))),
    ...pod('portforward', ['get', 'create'], withoutDryRun((request, context) => answerStream('portForward', request, context, parts))),
  ];
}

async function answerLog(request: ApiRequest, { info: { namespace, name }, course }: RequestContext, parts: Parts): Promise<Answer> {
  negotiate(request.headers['accept'], { transforms: [], watchable: false, besides: 'text/plain' });
  const { options, errors } = logOptions(request.query);
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
  const pod = await findPod(namespace, name, parts.pods);
  const container = containerOf(pod, options.container);
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') return { kind: 'buffered', status: 204, contentType: '', body: [] };
  const backend = await nodeAgent(nodeName, parts);
  const place = `/containerLogs/${[namespace, name, container].map(encodeURIComponent).join('/')}`;
  const path = options.forwarded.size === 0 ? place : `${place}?${options.forwarded}`;
  const answer = await askBackend({
    backend, path, method: 'GET', headers: { ...course?.headers }, body: request.body, signal: request.signal,
    refusal: (why) => internalErrorWithoutReason(`Get ${JSON.stringify(`https://${backend.host}:${backend.port}${path}`)}: ${why}`),
  });
  await checkLogAnswer(answer, name);
  const stream: StreamAnswer = { kind: 'stream', status: 200, contentType: 'text/plain', write: (sink, signal) => copyTo(sink, answer, signal) };
  if (!asksForWebSocket(request)) return stream;
  const protocol = request.headers['sec-websocket-protocol'];
  const text = protocol === BASE64_PROTOCOL;
  return overWebSocket(request, stream, { text, message: (piece) => (text ? Buffer.from(piece.toString('base64')) : piece), protocol });
}

async function answerStream(what: 'exec' | 'attach' | 'portForward', request: ApiRequest, context: RequestContext, parts: Parts): Promise<Answer> {
  const { namespace, name } = context.info;
  const kind = OPTIONS[what];
  const options = await admitConnection(parts.admission, { kind, options: streamOptions(kind, request.query) }, request, context);
  const refusal = await parts.reasonAgainstCreate(request, context); // browsers can open websockets by GET alone, which is no reading
  if (refusal !== undefined) throw forbidden(parts.pods.storage, name, refusal);
  const pod = await findPod(namespace, name, parts.pods);
  const { headers: { authorization: _authorization, host: _host, ...headers } } = request;
  const container = what === 'portForward' ? undefined : containerOf(pod, options.container ?? '');
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') throw badRequest(`pod ${name} does not have a host assigned`);
  const backend = await nodeAgent(nodeName, parts);
  if (request.transport !== 'https' || headers['upgrade'] === undefined) throw badRequest(HTTPS_ONLY);
  const place = [namespace, name, ...(container === undefined ? [] : [container])].map(encodeURIComponent).join('/');
  return upgradeToBackend({ backend, path: `/${what}/${place}?${streamQuery(options)}`, method: request.method, headers: { ...headers, ...context.course?.headers } });
}

/** The node agent knows these by the names that kubelets use. */
function streamQuery({ stdin, stdout, stderr, tty, command = [], ports = [] }: ConnectOptions): URLSearchParams {
  const forwarded = new URLSearchParams();
  for (const [name, isSet] of Object.entries({ input: stdin, output: stdout, error: stderr, tty })) if (isSet === true) forwarded.set(name, '1');
  for (const one of command) forwarded.append('command', one);
  for (const port of ports) forwarded.append('port', String(port));
  return forwarded;
}

/** The container that is meant. Clients know the annotation for a default one; the server goes by the pod alone. */
export function containerOf({ metadata, spec }: Pick<Pod, 'metadata' | 'spec'>, asked: string): string {
  const names = [...spec?.initContainers ?? [], ...spec?.containers ?? [], ...spec?.ephemeralContainers ?? []].map(({ name }) => name);
  if (asked !== '') {
    if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
    return asked;
  }
  const [only, ...others] = spec?.containers ?? [];
  if (only === undefined) throw badRequest(`a container name must be specified for pod ${metadata.name}`);
  if (others.length > 0) throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`);
  return only.name;
}

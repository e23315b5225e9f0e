import type { coreV1 } from '@kubernode/api';
import { badRequest, forbidden, forbiddenField, invalid, invalidValue, notFound, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Answer, ApiRequest, Handler, RequestContext, RequestInfo } from '../../pipeline/api-request.ts';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import type { ResourceEndpoint } from '../endpoint.ts';
import { parseGoInt } from '../request-options.ts';
import { proxyRequest, proxyUpgrade, type NodeCredentials } from './node-proxy.ts';

type Pod = coreV1.Pod & KubeObject;
type Node = coreV1.Node & KubeObject;

export interface NodeConnection {
  /** Which of its addresses a node is reached by, best first. */
  addressTypes: readonly string[];
  credentials: NodeCredentials;
}

interface Parts {
  pods: ServedResource;
  nodes: ServedResource;
  connection: NodeConnection;
  /** Why the user may not create what the request names; undefined when nothing speaks against it. */
  reasonAgainstCreate(request: ApiRequest, context: RequestContext): Promise<string | undefined>;
}

const NODE_PORT = 10_250;
const HTTPS_ONLY = 'Upgrade request required';

/** What the server passes on to the node a pod runs on, authenticated as itself: logs, shells, ports; and the nodes' own servers. */
export function podStreamEndpoints(parts: Parts): ResourceEndpoint[] {
  const pod = (subresource: string, verbs: readonly string[], handle: Handler): ResourceEndpoint[] => verbs.map((verb) => ({ group: '', resource: 'pods', subresource, verb, handle }));
  return [
    ...pod('log', ['get'], (request, { info }) => answerLog(request, info, parts)),
    ...pod('exec', ['get', 'create'], (request, context) => answerStream('exec', request, context, parts)),
    ...pod('attach', ['get', 'create'], (request, context) => answerStream('attach', request, context, parts)),
    ...pod('portforward', ['get', 'create'], (request, context) => answerStream('portForward', request, context, parts)),
    ...['get', 'create', 'update', 'patch', 'delete'].flatMap((verb): ResourceEndpoint[] => [
      { group: '', resource: 'nodes', subresource: 'proxy', verb, handle: (request, { info }) => answerNodeProxy(request, info, parts) },
      { group: '', resource: 'pods', subresource: 'proxy', verb, handle: (request, { info }) => answerPodProxy(request, info, parts) },
    ]),
  ];
}

async function answerLog(request: ApiRequest, info: RequestInfo, parts: Parts): Promise<Answer> {
  const pod = await findPod(info, parts);
  const { query } = request;
  const errors = logErrors(query);
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, info.name, errors);
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') return { kind: 'buffered', status: 204, contentType: '', body: [] };
  const target = await nodeAddress(nodeName, parts);
  const forwarded = new URLSearchParams([...query].filter(([name]) => LOG_OPTIONS.has(name)));
  const path = `/containerLogs/${[info.namespace, info.name, container].map(encodeURIComponent).join('/')}?${forwarded}`;
  return proxyRequest({ ...target, path, method: 'GET', headers: {}, body: request.body, credentials: parts.connection.credentials, signal: request.signal, contentType: 'text/plain' });
}

const LOG_OPTIONS: ReadonlySet<string> = new Set(['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream']);

function logErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const number = (name: string): number | undefined => { const text = query.get(name); return text === null || text === '' ? undefined : parseGoInt(text); };
  const tail = number('tailLines');
  const limit = number('limitBytes');
  const since = number('sinceSeconds');
  if (tail !== undefined && tail < 0) errors.push(invalidValue('tailLines', tail, 'must be greater than or equal to 0'));
  if (limit !== undefined && limit < 1) errors.push(invalidValue('limitBytes', limit, 'must be greater than 0'));
  if (query.has('sinceTime') && since !== undefined) errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (since !== undefined && since < 1) errors.push(invalidValue('sinceSeconds', since, 'must be greater than 0'));
  return errors;
}

async function answerStream(what: 'exec' | 'attach' | 'portForward', request: ApiRequest, context: RequestContext, parts: Parts): Promise<Answer> {
  const { info } = context;
  const refusal = await parts.reasonAgainstCreate(request, context); // browsers can open websockets by GET alone, which is no reading
  if (refusal !== undefined) throw forbidden(parts.pods.storage, info.name, refusal);
  const pod = await findPod(info, parts);
  const { query } = request;
  const container = what === 'portForward' ? undefined : containerOf(pod, query.get('container') ?? '');
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') throw badRequest(`pod ${info.name} does not have a host assigned`);
  const target = await nodeAddress(nodeName, parts);
  if (request.transport !== 'https' || request.headers['upgrade'] === undefined) throw badRequest(HTTPS_ONLY);
  const place = [info.namespace, info.name, ...(container === undefined ? [] : [container])].map(encodeURIComponent).join('/');
  return proxyUpgrade({ ...target, path: `/${what}/${place}?${streamQuery(query)}`, method: request.method, headers: request.headers, credentials: parts.connection.credentials });
}

/** The node agent knows these by the names that kubelets use. */
function streamQuery(query: URLSearchParams): URLSearchParams {
  const forwarded = new URLSearchParams();
  const flag = (from: string, to: string): void => { if (['true', '1'].includes(query.get(from) ?? '')) forwarded.set(to, '1'); };
  flag('stdin', 'input');
  flag('stdout', 'output');
  flag('stderr', 'error');
  flag('tty', 'tty');
  for (const command of query.getAll('command')) forwarded.append('command', command);
  for (const port of query.getAll('ports')) forwarded.append('port', port);
  return forwarded;
}

async function answerNodeProxy(request: ApiRequest, info: RequestInfo, parts: Parts): Promise<Answer> {
  const { name, port } = splitPort(info.name);
  const target = await nodeAddress(name, parts, 'nodes');
  return passOn(request, { ...target, port: port ?? target.port, path: `/${info.rest.join('/')}` }, parts);
}

async function answerPodProxy(request: ApiRequest, info: RequestInfo, parts: Parts): Promise<Answer> {
  const { name, port } = splitPort(info.name);
  const pod = await findPod({ ...info, name }, parts);
  const host = pod.status?.podIP ?? '';
  if (host === '') throw badRequest('address not allowed');
  const portOfPod = port ?? pod.spec?.containers?.flatMap(({ ports = [] }) => ports)[0]?.containerPort ?? 80;
  return passOn(request, { host, port: portOfPod, path: `/${info.rest.join('/')}`, plain: true }, parts);
}

function passOn(request: ApiRequest, target: { host: string; port: number; path: string; plain?: boolean }, { connection }: Parts): Promise<Answer> {
  const query = request.query.toString();
  const { host: _host, connection: _connection, authorization: _authorization, 'content-length': _length, ...headers } = request.headers;
  const path = query === '' ? target.path : `${target.path}?${query}`;
  if (request.headers['upgrade'] !== undefined && request.transport === 'https') return Promise.resolve(proxyUpgrade({ ...target, path, method: request.method, headers: request.headers, credentials: connection.credentials }));
  return proxyRequest({ ...target, path, method: request.method, headers, body: request.body, credentials: connection.credentials, signal: request.signal });
}

/** `name:port`, or `scheme:name:port` as Kubernetes also takes it. */
function splitPort(text: string): { name: string; port: number | undefined } {
  const parts = text.split(':');
  const [name = '', port] = parts.length === 3 ? parts.slice(1) : parts;
  return { name, port: port === undefined || port === '' ? undefined : Number(port) };
}

async function findPod({ namespace, name }: Pick<RequestInfo, 'namespace' | 'name'>, { pods: { storage } }: Parts): Promise<Pod> {
  const stored = await storage.store.get(storeKey(storage, namespace, name), { freshness: { kind: 'consistent' } });
  if (stored === undefined) throw notFound(storage, name);
  return stored.decode<Pod>();
}

function containerOf({ metadata, spec }: Pod, asked: string): string {
  const names = [...spec?.initContainers ?? [], ...spec?.containers ?? [], ...spec?.ephemeralContainers ?? []].map(({ name }) => name);
  if (asked !== '') {
    if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
    return asked;
  }
  const [only, ...others] = (spec?.containers ?? []).map(({ name }) => name);
  const chosen = metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  if (only === undefined) throw badRequest(`a container name must be specified for pod ${metadata.name}`);
  if (others.length > 0) {
    const inits = (spec?.initContainers ?? []).map(({ name }) => name);
    throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${[only, ...others].join(' ')}]${inits.length > 0 ? ` or one of the init containers: [${inits.join(' ')}]` : ''}`);
  }
  return only;
}

/** Where a node's agent listens. A node that is missing is told under the name of what was asked for. */
async function nodeAddress(nodeName: string, { nodes: { storage }, connection }: Parts, resource = 'pods'): Promise<{ host: string; port: number }> {
  const stored = await storage.store.get(nodeName, { freshness: { kind: 'consistent' } });
  if (stored === undefined) throw notFound({ group: '', resource }, nodeName);
  const { status } = stored.decode<Node>();
  for (const wanted of connection.addressTypes) {
    const address = status?.addresses?.find(({ type }) => type === wanted)?.address;
    if (address !== undefined) return { host: address, port: status?.daemonEndpoints?.kubeletEndpoint?.Port ?? NODE_PORT };
  }
  throw badRequest(`no preferred addresses found; known addresses: []`);
}

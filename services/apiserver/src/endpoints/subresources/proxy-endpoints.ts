import type { IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import { PassThrough } from 'node:stream';
import { constants, createDeflateRaw, createGunzip, createGzip, createInflateRaw } from 'node:zlib';
import { onAbort } from '@kubernode/base';
import { badRequest, internalError, serviceUnavailable } from '@kubernode/apimachinery';
import type { Answer, ApiRequest, Handler, RequestInfo, StreamSink } from '../../pipeline/api-request.ts';
import type { ResourceEndpoint } from '../endpoint.ts';
import type { Admission } from '../../registry/write/write-request.ts';
import { askBackend, upgradeToBackend } from './backend-connection.ts';
import { nodeBackend, podBackend, serviceBackend, type Backend, type LocationParts } from './backend-location.ts';
import { admitConnection } from './connect-admission.ts';
import { rewriteHtml, rewriteUrl, type LinkRewriting } from './rewrite-links.ts';

/** '' is OPTIONS, which has no verb of its own. */
const PROXY_VERBS = ['get', 'create', 'update', 'patch', 'delete', ''];
/** Longer pages are passed on as they are: links are rewritten in memory. */
const HTML_BYTES_MAX = 16 * 1024 * 1024;
/** They belong to one connection alone. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'proxy-connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);
/** Whom this server trusts is not for a backend to say. */
const CORS: ReadonlySet<string> = new Set(['access-control-allow-credentials', 'access-control-allow-headers', 'access-control-allow-methods', 'access-control-allow-origin']);

const PROXY_OPTIONS = { pods: 'PodProxyOptions', services: 'ServiceProxyOptions', nodes: 'NodeProxyOptions' } as const;

/** Passes requests on to the servers of pods, services and nodes: `…/proxy/PATH`. */
export function proxyEndpoints(parts: LocationParts, admission: Admission): ResourceEndpoint[] {
  const locate: Readonly<Record<string, (info: RequestInfo) => Promise<Backend>>> = {
    pods: ({ namespace, name }) => podBackend(namespace, name, parts),
    services: ({ namespace, name }) => serviceBackend(namespace, name, parts),
    nodes: ({ name }) => nodeBackend(name, parts),
  };
  return Object.entries(locate).flatMap(([resource, backendOf]) => PROXY_VERBS.map((verb): ResourceEndpoint => ({
    group: '', resource, subresource: 'proxy', verb, handle: withoutDryRun(async (request, context) => {
      const { info } = context;
      const asked = backendPath(info);
      const kind = PROXY_OPTIONS[resource as keyof typeof PROXY_OPTIONS]; // one of the three above
      const { path = '' } = await admitConnection(admission, { kind, options: asked === '' ? {} : { path: asked } }, request, context);
      return passOn(request, { info, path, backend: await backendOf(info) });
    }),
  })));
}

/** Nobody can tell what a request would do that goes elsewhere. */
export function withoutDryRun(handle: Handler): Handler {
  return async (request, context) => {
    if (request.query.has('dryRun')) throw badRequest('dryRun is not supported');
    return handle(request, context);
  };
}

async function passOn(request: ApiRequest, { info, path, backend }: { info: RequestInfo; path: string; backend: Backend }): Promise<Answer> {
  const { method, headers, query } = request;
  const whole = path === '' ? '/' : escapePath(path); // a request line has a path
  const target = query.size === 0 ? whole : `${whole}?${query}`;
  const forwarded = { ...forwardedHeaders(request), 'x-forwarded-for': [headers['x-forwarded-for'], request.peer.address].filter((one) => one !== undefined && one !== '').join(', ') };
  if (headers['upgrade'] !== undefined && request.transport === 'https') return upgradeToBackend({ backend, method, path: target, headers: { ...forwarded, connection: 'Upgrade', upgrade: headers['upgrade'] } });
  if (path === '' && (method === 'GET' || method === 'HEAD')) return { kind: 'buffered', status: 301, contentType: '', body: [], headers: { Location: `${request.path}/${query.size === 0 ? '' : `?${query}`}` } };
  const prefix = prefixOf(info);
  const answer = await askBackend({
    backend, method, path: target, headers: { ...forwarded, 'x-forwarded-uri': escapePath(`${prefix}${path}`) }, body: request.body, signal: request.signal,
    refusal: (why) => serviceUnavailable(`error trying to reach service: ${why}`),
  });
  return answerOf(answer, { backendHost: `${backend.host}:${backend.port}`, requestHost: headers['host'] ?? '', prefix });
}

function forwardedHeaders({ headers }: ApiRequest): Record<string, string | undefined> {
  const named = new Set((headers['connection'] ?? '').split(',').map((one) => one.trim().toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name) && name !== 'authorization' && name !== 'content-length' && !name.startsWith(':')));
}

/** What stands behind `/proxy`, cleaned; '' for nothing at all. */
export function backendPath({ path, rest }: Pick<RequestInfo, 'path' | 'rest'>): string {
  const ends = path.endsWith('/');
  if (rest.length === 0) return ends ? '/' : '';
  const joined = posix.join('/', ...rest);
  return ends && joined !== '/' ? `${joined}/` : joined;
}

/** The path down to `/proxy`. */
function prefixOf({ path, rest }: Pick<RequestInfo, 'path' | 'rest'>): string {
  const whole = path.replace(/\/+$/, '');
  return rest.length === 0 ? whole : whole.slice(0, whole.length - rest.join('/').length - 1);
}

/** As Go escapes a decoded path. */
export function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]+/g, (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}

async function answerOf(answer: IncomingMessage, rewriting: LinkRewriting): Promise<Answer> {
  const { statusCode: status = 502, headers: given } = answer;
  const named = new Set((given.connection ?? '').split(',').map((one) => one.trim().toLowerCase()));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const text = Array.isArray(value) ? value[0] : value; // several cookies: only the first has a place in an answer
    if (text !== undefined && !HOP_BY_HOP.has(name) && !named.has(name) && !CORS.has(name)) headers[name] = text;
  }
  const { 'content-type': contentType = '', ...others } = headers;
  const { location } = others;
  if (location !== undefined) return streamOf(answer, { status, contentType, headers: { ...others, location: rewriteUrl(location, rewriting) } });
  const isPage = contentType.split(';')[0]?.trim() === 'text/html' && Number(given['content-length'] ?? 0) <= HTML_BYTES_MAX;
  return isPage ? pageAnswer(answer, { status, contentType, headers: others, rewriting }) : streamOf(answer, { status, contentType, headers: others });
}

interface Head { status: number; contentType: string; headers: Readonly<Record<string, string>> }

function streamOf(answer: IncomingMessage, { status, contentType, headers }: Head): Answer {
  return { kind: 'stream', finite: true, status, contentType, headers, write: (sink, signal) => copyTo(sink, answer, signal) };
}

/** Sends a body on as it comes, no faster than the client reads. */
export async function copyTo(sink: StreamSink, answer: IncomingMessage, signal: AbortSignal): Promise<void> {
  using _link = onAbort(signal, () => answer.destroy());
  for await (const chunk of answer as AsyncIterable<Buffer>) { // no encoding was set, so these are buffers
    if (!sink.write([chunk])) await sink.drained(signal);
  }
}

async function pageAnswer(answer: IncomingMessage, { rewriting, ...head }: Head & { rewriting: LinkRewriting }): Promise<Answer> {
  const coding = CODINGS[head.headers['content-encoding'] ?? ''];
  if (coding === undefined) return streamOf(answer, head);
  const page = rewriteHtml((await collected(answer.pipe(coding.decode()), answer)).toString('utf8'), rewriting);
  const encoder = coding.encode();
  encoder.end(page);
  const { 'content-length': _length, ...headers } = head.headers;
  return { kind: 'buffered', ...head, headers, body: await collected(encoder) };
}

type Transform = import('node:stream').Transform;
type Coding = Readonly<Record<'decode' | 'encode', () => Transform>>;
const PLAIN = (): Transform => new PassThrough();
/** How pages come and go again; those in other codings are not touched. */
const CODINGS: Readonly<Record<string, Coding>> = {
  '': { decode: PLAIN, encode: PLAIN },
  gzip: { decode: createGunzip, encode: createGzip },
  deflate: { decode: createInflateRaw, encode: () => createDeflateRaw({ level: constants.Z_BEST_COMPRESSION }) },
};

async function collected(stream: Transform, source?: IncomingMessage): Promise<Buffer> {
  source?.on('error', (error) => stream.destroy(error));
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) { // no encoding was set, so these are buffers
      size += chunk.length;
      if (size > HTML_BYTES_MAX) throw new Error(`the page is longer than ${HTML_BYTES_MAX} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    source?.destroy();
    throw internalError(error);
  }
  return Buffer.concat(chunks);
}

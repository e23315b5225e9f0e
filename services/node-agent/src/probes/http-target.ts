import type { coreV1 } from '@kubernode/api';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { onAbort, timeLimit, type Clock } from '@kubernode/base';
import type { Container } from '../pod/pod-facts.ts';

export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>;
export interface HttpTarget { scheme: 'http' | 'https'; host: string; port: number; path: string; headers: HttpHeaders }
export interface HttpAnswer { status: number; body: string }
/**
 * One GET whose answer's body is cut at a limit; rejects where there is no answer in time. Redirects are followed on the same host; one
 * to another host is the answer.
 */
export type HttpGet = (target: HttpTarget, options: { timeoutMs: number; signal?: AbortSignal | undefined }) => Promise<HttpAnswer>;

const BODY_MAX = 10 * 1024;
const REDIRECTS_MAX = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface TargetOptions { container: Container; podIp: string; purpose?: 'probe' | 'lifecycle' }

/** Where a probe's or a hook's request goes. Throws for a port name that the container does not have. */
export function httpTarget(action: coreV1.HTTPGetAction, { container, podIp, purpose = 'probe' }: TargetOptions): HttpTarget {
  const host = action.host === undefined || action.host === '' ? podIp : action.host;
  const path = action.path === undefined || action.path === '' ? '/' : action.path;
  return {
    scheme: action.scheme === 'HTTPS' ? 'https' : 'http', host, port: portNumber(action.port, container),
    path: path.startsWith('/') ? path : `/${path}`, headers: headersOf(action.httpHeaders ?? [], purpose),
  };
}

/** Headers of one name add up; an empty Accept takes away the usual one. */
function headersOf(own: readonly coreV1.HTTPHeader[], purpose: string): HttpHeaders {
  const headers = new Map<string, string[]>();
  for (const { name, value } of own) headers.set(name.toLowerCase(), [...headers.get(name.toLowerCase()) ?? [], value]);
  if (!headers.has('user-agent')) headers.set('user-agent', [`kube-${purpose}/1.36`]);
  if (!headers.has('accept')) headers.set('accept', ['*/*']);
  if (headers.get('accept')?.[0] === '') headers.delete('accept');
  return Object.fromEntries([...headers].map(([name, values]) => [name, values.length === 1 || name === 'host' ? values[0] ?? '' : values]));
}

/** A port by number or by its name in the container. */
export function portNumber(port: number | string, container: Container): number {
  const number = typeof port === 'number' ? port : /^\d+$/.test(port) ? Number(port) : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) throw new Error(`couldn't find port: ${port}`);
  return number;
}

export function formatUrl({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme}://${joinHostPort(host, port)}${path}`;
}

export function joinHostPort(host: string, port: number): string { return `${host.includes(':') ? `[${host}]` : host}:${port}`; }

/** The real one; each request has a connection of its own. */
export function createHttpGet(clock: Clock): HttpGet {
  return async (target, { timeoutMs, signal }) => {
    using limit = timeLimit({ clock, ms: timeoutMs });
    let current = target;
    for (let redirects = 0; ; redirects++) {
      const { location, ...answer } = await getOnce(current, { limit: limit.signal, signal });
      const next = location === undefined ? undefined : redirected(current, location);
      if (next === undefined || next.host !== target.host) return answer;
      if (redirects >= REDIRECTS_MAX - 1) throw new Error(`Get "${formatUrl(next)}": stopped after ${REDIRECTS_MAX} redirects`);
      current = next;
    }
  };
}

function redirected(from: HttpTarget, location: string): HttpTarget | undefined {
  const url = URL.parse(location, formatUrl(from));
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return { ...from, scheme, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port === '' ? (scheme === 'https' ? 443 : 80) : url.port), path: `${url.pathname}${url.search}` };
}

function getOnce(target: HttpTarget, { limit, signal }: { limit: AbortSignal; signal: AbortSignal | undefined }): Promise<HttpAnswer & { location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const { scheme, host, port, path, headers } = target;
    const sent = Object.fromEntries(Object.entries({ host: joinHostPort(host, port), ...headers, connection: 'close' }).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]));
    const options = { host, port, path, headers: sent, agent: false, signal: limit, ...(scheme === 'https' && { rejectUnauthorized: false }) };
    const request = (scheme === 'https' ? requestHttps : requestHttp)(options, (response) => {
      readBody(response).then((body) => {
        finish();
        const status = response.statusCode ?? 0;
        resolve({ status, body, location: REDIRECTS.has(status) ? response.headers.location : undefined });
      }, fail);
    });
    const link = onAbort(signal, () => { request.destroy(); });
    function finish(): void { link[Symbol.dispose](); request.destroy(); }
    function fail(error: Error & { code?: string }): void {
      link[Symbol.dispose]();
      reject(new Error(`Get "${formatUrl(target)}": ${describeFailure(error, joinHostPort(host, port))}`, { cause: error }));
    }
    request.on('error', fail);
    request.end();
  });
}

/** What comes after the limit is not waited for. */
async function readBody(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) {
    body += chunk as string; // an encoding is set
    if (body.length >= BODY_MAX) break;
  }
  return body.slice(0, BODY_MAX);
}

const PLAIN_ANSWER = 'http: server gave HTTP response to HTTPS client';

/** Whether a request over TLS failed because the other side speaks HTTP without. */
export function isPlainAnswerToTls(error: unknown): boolean { return error instanceof Error && error.message.endsWith(PLAIN_ANSWER); }

/** Go's words for why a connection failed, which users know from events. */
export function describeFailure(error: Error & { code?: string }, address: string): string {
  switch (error.code) {
    case 'ECONNREFUSED': return `dial tcp ${address}: connect: connection refused`;
    case 'EHOSTUNREACH': return `dial tcp ${address}: connect: no route to host`;
    case 'ENETUNREACH': return `dial tcp ${address}: connect: network is unreachable`;
    case 'ETIMEDOUT': return `dial tcp ${address}: i/o timeout`;
    case 'ECONNRESET': return 'EOF';
    case 'ERR_SSL_WRONG_VERSION_NUMBER': case 'ERR_SSL_PACKET_LENGTH_TOO_LONG': case 'EPROTO': return PLAIN_ANSWER;
    case 'ABORT_ERR': return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    default: return error.message;
  }
}

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { abortError, errorMessage, onAbort, systemClock, type Clock } from '@kubernode/base';
import type { RawRequest, RawResponse, Transport } from '../client.ts';
import { refusalOf } from '../status-of-response.ts';
import { splitLines } from './split-lines.ts';
import { TransportError } from './transport-error.ts';

export interface HttpsTransportOptions {
  /** `https://HOST:PORT`, with a path prefix where a proxy needs one; `http://` for a local proxy. */
  server: string;
  /** PEM texts. */
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  token?: string | undefined;
  /** Read again every minute, since kubelets rotate such tokens. */
  tokenFile?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
  /** The name to expect in the server's certificate, if not the host's. */
  tlsServerName?: string | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  clock?: Clock;
}

const SOCKETS_MAX = 64;
const TOKEN_FILE_MAX_AGE_MS = 60_000;
/** Longer than any server lets a request last. */
const ANSWER_TIMEOUT_MS = 70_000;

/** HTTP/1.1 to any API server: a pool of connections for calls, one connection for each watch. */
export function createHttpsTransport(options: HttpsTransportOptions): Transport {
  const base = new URL(options.server);
  const { ca, cert, key, insecureSkipTlsVerify, tlsServerName } = options;
  const tls = { ca, cert, key, rejectUnauthorized: insecureSkipTlsVerify !== true, ...(tlsServerName !== undefined && { servername: tlsServerName }) };
  const secure = base.protocol === 'https:';
  const newAgent = (maxSockets: number): http.Agent => {
    const settings = { keepAlive: true, maxSockets, scheduling: 'lifo' as const };
    return secure ? new https.Agent({ ...settings, ...tls }) : new http.Agent(settings);
  };
  const calls = newAgent(SOCKETS_MAX);
  const watches = newAgent(Infinity); // each watch holds a connection as long as it lasts; the number of watches is the program's own
  const authorize = authorizer(options);
  const open = async (request: RawRequest, agent: http.Agent, timeout: number): Promise<http.IncomingMessage> => {
    const headers = { ...headersOf(request), ...await authorize() };
    return exchange({ secure, agent, timeout, headers, url: new URL(base.pathname.replace(/\/$/, '') + request.path, base), request });
  };
  return {
    async call(request) {
      const response = await open(request, calls, ANSWER_TIMEOUT_MS);
      return { ...headOf(response), body: await bodyOf(response) };
    },
    async *watch(request) {
      const response = await open(request, watches, 0);
      if ((response.statusCode ?? 0) >= 400) throw refusalOf(response.statusCode ?? 0, await bodyOf(response));
      using _link = onAbort(request.signal, () => { response.destroy(); });
      try { yield* splitLines(response); } catch (error) {
        if (request.signal.aborted) throw abortError(request.signal);
        throw new TransportError(`watch broke: ${errorMessage(error)}`, { maybeSent: true, cause: error });
      } finally { response.destroy(); }
    },
    close() { calls.destroy(); watches.destroy(); },
  };
}

interface Exchange { secure: boolean; agent: http.Agent; timeout: number; headers: http.OutgoingHttpHeaders; url: URL; request: RawRequest }

/** Sends the request and resolves with the head of the answer. */
function exchange({ secure, agent, timeout, headers, url, request: { method, body, signal } }: Exchange): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) { reject(abortError(signal)); return; }
    const sent = (secure ? https : http).request(url, { method, agent, headers, timeout });
    const link = onAbort(signal, () => { sent.destroy(); });
    let connected = false;
    sent.on('socket', (socket) => { if (!socket.connecting) connected = true; else socket.once(secure ? 'secureConnect' : 'connect', () => { connected = true; }); });
    sent.on('timeout', () => { sent.destroy(new Error('no answer in time')); });
    sent.on('response', (response) => { link[Symbol.dispose](); linkBody(response, signal); resolve(response); });
    sent.on('error', (error) => {
      link[Symbol.dispose]();
      reject(signal?.aborted === true ? abortError(signal) : new TransportError(`${method} ${url.pathname}: ${errorMessage(error)}`, { maybeSent: connected, cause: error }));
    });
    sent.end(body);
  });
}

/** Aborting ends the reading of the body, too. */
function linkBody(response: http.IncomingMessage, signal: AbortSignal | undefined): void {
  const link = onAbort(signal, () => { response.destroy(); });
  response.once('close', () => { link[Symbol.dispose](); });
}

async function bodyOf(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try { for await (const chunk of response) chunks.push(chunk as Buffer); } catch (error) { // no encoding is set, so chunks are buffers
    throw new TransportError(`answer broke: ${errorMessage(error)}`, { maybeSent: true, cause: error });
  }
  return chunks.length === 1 ? chunks[0] ?? Buffer.alloc(0) : Buffer.concat(chunks);
}

function headOf(response: http.IncomingMessage): Omit<RawResponse, 'body'> {
  const retryAfter = Number(response.headers['retry-after']);
  const warnings = response.headers['warning'];
  const auditId = response.headers['audit-id'];
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    warnings: warnings === undefined ? [] : parseWarnings(warnings),
    ...(typeof auditId === 'string' && { auditId }),
    ...(Number.isFinite(retryAfter) && response.headers['retry-after'] !== undefined && { retryAfterSeconds: retryAfter }),
  };
}

/** The texts of `299 - "…"` headers, which Node joins with commas. */
function parseWarnings(header: string): string[] {
  return [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}

function headersOf({ accept, contentType, body, userAgent, traceparent }: RawRequest): http.OutgoingHttpHeaders {
  return {
    accept: accept ?? 'application/json',
    ...(userAgent !== undefined && { 'user-agent': userAgent }), ...(traceparent !== undefined && { traceparent }),
    ...(body !== undefined && { 'content-type': contentType ?? 'application/json', 'content-length': body.length }),
  };
}

function authorizer({ token, tokenFile, username, password, clock = systemClock }: HttpsTransportOptions): () => Promise<http.OutgoingHttpHeaders> {
  if (tokenFile !== undefined) return fileAuthorizer(tokenFile, clock);
  if (token !== undefined) return () => Promise.resolve({ authorization: `Bearer ${token}` });
  if (username !== undefined) return () => Promise.resolve({ authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` });
  return () => Promise.resolve({});
}

function fileAuthorizer(file: string, clock: Clock): () => Promise<http.OutgoingHttpHeaders> {
  let read: { headers: http.OutgoingHttpHeaders; atMs: number } | undefined;
  return async () => {
    const now = clock.monotonicNow();
    if (read === undefined || now - read.atMs > TOKEN_FILE_MAX_AGE_MS) read = { headers: { authorization: `Bearer ${(await readFile(file, 'utf8')).trim()}` }, atMs: now };
    return read.headers;
  };
}

import https from 'node:https';
import { abortError, isAbortError, onAbort, type Clock } from '@kubernode/base';
import { goDialFault } from './dial-fault.ts';

/** Where a webhook is: an address of its own, or a service of the cluster. */
export interface WebhookAddress {
  url?: string | undefined;
  service?: { namespace: string; name: string; path?: string | undefined; port?: number | undefined } | undefined;
  /** Base64 of the PEM of the CA that vouches for the server; the host's own roots without one. */
  caBundle?: string | undefined;
}

/** Finds who answers for a service now. Rejects with why nobody does. */
export type ResolveService = (namespace: string, name: string, port: number) => Promise<{ host: string; port: number }>;

export interface WebhookCallerOptions { resolveService: ResolveService; clock: Clock }

/** Posts JSON to webhooks and gives back the JSON they answer. */
export interface WebhookCaller {
  /** Rejects with an Error in Go's words for whatever goes wrong. */
  post(address: WebhookAddress, body: object, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<unknown>;
}

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const HTTPS_PORT = 443;
const SOCKETS_PER_HOST_MAX = 16;

export function createWebhookCaller({ resolveService, clock }: WebhookCallerOptions): WebhookCaller {
  const agent = new https.Agent({ keepAlive: true, maxSockets: SOCKETS_PER_HOST_MAX });
  return {
    async post(address, body, { timeoutMs, signal }) {
      const url = urlOf(address, timeoutMs);
      const late = new AbortController();
      using _timer = clock.after(timeoutMs, () => { late.abort(); });
      const ended = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
      try {
        const place = address.service === undefined ? { host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) } : await resolveService(address.service.namespace, address.service.name, portOf(url));
        return answerOf(await send(url, { place, body: Buffer.from(JSON.stringify(body)), ca: caOf(address), agent, signal: ended }));
      } catch (error) {
        if (isAbortError(error) && signal?.aborted === true) throw error;
        if (isAbortError(error)) throw new Error(`Post "${url.href}": context deadline exceeded`, { cause: error });
        throw error;
      }
    },
  };
}

function urlOf({ url, service }: WebhookAddress, timeoutMs: number): URL {
  const { namespace = '', name = '', path = '', port = HTTPS_PORT } = service ?? {};
  const result = new URL(url ?? `https://${name}.${namespace}.svc:${port}${path.startsWith('/') || path === '' ? path : `/${path}`}`);
  result.searchParams.set('timeout', `${timeoutMs / 1000}s`);
  return result;
}

function portOf(url: URL): number {
  return url.port === '' ? HTTPS_PORT : Number(url.port);
}

function caOf({ caBundle }: WebhookAddress): string | undefined {
  const pem = caBundle === undefined ? '' : Buffer.from(caBundle, 'base64').toString();
  return pem.trim() === '' ? undefined : pem;
}

interface Answer { status: number; body: Buffer }
interface SendOptions { place: { host: string; port: number }; body: Buffer; ca: string | undefined; agent: https.Agent; signal: AbortSignal }

/** The certificate has to be that of the name in the address, wherever the connection leads. */
function send(url: URL, { place, body, ca, agent, signal }: SendOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(abortError(signal)); return; }
    const request = https.request({
      method: 'POST', host: place.host, port: place.port, path: `${url.pathname}${url.search}`, servername: url.hostname, agent, ...(ca !== undefined && { ca }),
      headers: { host: url.host, accept: 'application/json', 'content-type': 'application/json', 'content-length': body.length },
    }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > ANSWER_BYTES_MAX) request.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }); });
    });
    const link = onAbort(signal, () => { request.destroy(abortError(signal) as Error); }); // an Error, as Node makes it
    request.on('close', () => { link[Symbol.dispose](); });
    request.on('error', (error) => { reject(isAbortError(error) ? error : new Error(`Post "${url.href}": ${goDialFault(error, place)}`, { cause: error })); });
    request.end(body);
  });
}

function answerOf({ status, body }: Answer): unknown {
  const text = body.toString('utf8');
  if (status < 200 || status > 299) throw new Error(refusal(status, text));
  try { return JSON.parse(text); } catch {
    throw new Error(`couldn't get version/kind; json parse error: ${text === '' ? 'unexpected end of JSON input' : 'invalid character looking for beginning of value'}`);
  }
}

function refusal(status: number, text: string): string {
  if (status === 404) return 'the server could not find the requested resource';
  if (status >= 500) return `an error on the server (${JSON.stringify(text === '' ? 'unknown' : text.trim())}) has prevented the request from succeeding`;
  return `the server rejected our request for an unknown reason: ${text.trim()}`;
}

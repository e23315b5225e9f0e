import type { coreV1 } from '@kubernode/api';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { onAbort } from '@kubernode/base';
import type { Container } from '../pod/pod-facts.ts';

export interface HttpTarget { scheme: 'http' | 'https'; host: string; port: number; path: string; headers: Readonly<Record<string, string>> }
export interface HttpAnswer { status: number; body: string }
/** One GET whose answer's body is cut at a limit; rejects where there is no answer in time. */
export type HttpGet = (target: HttpTarget, options: { timeoutMs: number; signal?: AbortSignal | undefined }) => Promise<HttpAnswer>;

const BODY_MAX = 10 * 1024;

/** Where a probe's or a hook's request goes. Throws for a port name that the container does not have. */
export function httpTarget(action: coreV1.HTTPGetAction, { container, podIp }: { container: Container; podIp: string }): HttpTarget {
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  const host = action.host === undefined || action.host === '' ? podIp : action.host;
  const path = action.path === undefined || action.path === '' ? '/' : action.path;
  return { scheme: action.scheme === 'HTTPS' ? 'https' : 'http', host, port: portNumber(action.port, container), path: path.startsWith('/') ? path : `/${path}`, headers };
}

/** A port by number or by its name in the container. */
export function portNumber(port: number | string, container: Container): number {
  const number = typeof port === 'number' ? port : /^\d+$/.test(port) ? Number(port) : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) throw new Error(`couldn't find port: ${port}`);
  return number;
}

export function formatUrl({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

export const httpGet: HttpGet = (target, { timeoutMs, signal }) => new Promise((resolve, reject) => {
  const { scheme, host, port, path, headers } = target;
  const options = { host, port, path, headers: { host: `${host}:${port}`, ...headers, connection: 'close' }, agent: false, signal: AbortSignal.timeout(timeoutMs) };
  const request = (scheme === 'https' ? requestHttps : requestHttp)({ ...options, ...(scheme === 'https' && { rejectUnauthorized: false }) }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => { if (body.length < BODY_MAX) body += chunk; });
    response.on('end', () => { link[Symbol.dispose](); resolve({ status: response.statusCode ?? 0, body }); });
    response.on('error', fail);
  });
  const link = onAbort(signal, () => request.destroy());
  function fail(error: Error & { code?: string }): void {
    link[Symbol.dispose]();
    reject(new Error(`Get "${formatUrl(target)}": ${describeFailure(error, `${host}:${port}`)}`, { cause: error }));
  }
  request.on('error', fail);
  request.end();
});

/** Go's words for why a connection failed, which users know from events. */
export function describeFailure(error: Error & { code?: string }, address: string): string {
  switch (error.code) {
    case 'ECONNREFUSED': return `dial tcp ${address}: connect: connection refused`;
    case 'EHOSTUNREACH': return `dial tcp ${address}: connect: no route to host`;
    case 'ETIMEDOUT': return `dial tcp ${address}: i/o timeout`;
    case 'ECONNRESET': return 'EOF';
    case 'ABORT_ERR': return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    default: return error.message;
  }
}

import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorMessage } from '@kubernode/base';
import { internalErrorWithoutReason, type StatusError } from '@kubernode/apimachinery';
import type { UpgradeAnswer } from '../../pipeline/api-request.ts';
import type { Backend } from './backend-location.ts';

export interface NodeCredentials { cert?: string | undefined; key?: string | undefined; ca?: string | undefined }

export interface BackendRequest {
  backend: Backend;
  method: string;
  /** Escaped, with the query. */
  path: string;
  /** By lower-case name; without `host` the backend's own. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Instead of the backend's credentials and a connection of its own: whom to trust under which name, and which connections may be used again. */
  tls?: { agent: HttpsAgent; serverName: string };
}

/** How long a connection may take to be made. */
const CONNECT_TIMEOUT_MS = 20_000;

function optionsOf({ backend: { host, port, credentials }, path, method, headers, tls }: BackendRequest): RequestOptions {
  const { ca, cert, key } = credentials ?? {};
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries({ host: `${host.includes(':') ? `[${host}]` : host}:${port}`, ...headers })) {
    if (value !== undefined) sent[name] = typeof value === 'string' ? value : [...value];
  }
  if (tls !== undefined) return { host, port, path, method, headers: sent, agent: tls.agent, servername: tls.serverName };
  return {
    host, port, path, method, headers: sent, timeout: CONNECT_TIMEOUT_MS, rejectUnauthorized: ca !== undefined, servername: isIP(host) === 0 ? host : '',
    ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }),
  };
}

function open(request: BackendRequest, onAnswer?: (answer: IncomingMessage) => void, signal?: AbortSignal): ClientRequest {
  const outgoing = (request.backend.scheme === 'http' ? httpRequest : httpsRequest)({ ...optionsOf(request), ...(signal && { signal }) }, onAnswer);
  const giveUp = (): void => { outgoing.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })); };
  outgoing.on('timeout', giveUp);
  for (const event of ['response', 'upgrade']) outgoing.on(event, () => { outgoing.off('timeout', giveUp); }); // from then on it may be silent for as long as it likes
  return outgoing;
}

/** Sends a request on; resolves with the head of its answer. `refusal` makes the error for a backend that cannot be reached. */
export function askBackend(request: BackendRequest & { body: Buffer; signal: AbortSignal; refusal(why: string): StatusError }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = request.body.length > 0 ? { 'content-length': String(request.body.length) } : {}; // Node frames bodies of GET and DELETE only when told to
    const outgoing = open({ ...request, headers: { ...request.headers, ...length } }, resolve, request.signal);
    outgoing.on('error', (error) => reject(request.signal.aborted ? error : request.refusal(dialFault(error, request.backend))));
    outgoing.end(request.body.length > 0 ? request.body : undefined);
  });
}

/** Hands a connection through: the backend's answer to the upgrade is the client's, and from then on bytes go both ways. */
export function upgradeToBackend(request: BackendRequest): UpgradeAnswer {
  return {
    kind: 'upgrade',
    accept(client, head) {
      const outgoing = open(request);
      client.on('error', () => outgoing.destroy());
      client.on('close', () => outgoing.destroy());
      outgoing.on('upgrade', (answer, node, nodeHead) => { join({ client, node, answer, head, nodeHead }); });
      outgoing.on('response', (answer) => {
        if ((answer.statusCode ?? 0) < 400) { answer.destroy(); refuse(client, `invalid upgrade response: status code ${answer.statusCode}`); return; }
        client.write(headOf(answer));
        answer.pipe(client);
      });
      outgoing.on('error', (error) => refuse(client, `error dialing backend: ${dialFault(error, request.backend)}`));
      outgoing.end();
    },
  };
}

function join({ client, node, answer, head, nodeHead }: { client: Duplex; node: Duplex; answer: IncomingMessage; head: Buffer; nodeHead: Buffer }): void {
  client.write(headOf(answer));
  if (nodeHead.length > 0) client.write(nodeHead);
  if (head.length > 0) node.write(head);
  node.on('error', () => client.destroy());
  node.on('close', () => client.destroy());
  client.on('close', () => node.destroy());
  client.pipe(node);
  node.pipe(client);
}

function headOf({ statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage): string {
  const lines: string[] = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function refuse(client: Duplex, why: string): void {
  if (!client.writable) return;
  const body = `${JSON.stringify(internalErrorWithoutReason(why).toStatus())}\n`;
  client.end(`HTTP/1.1 500 Internal Server Error\r\nCache-Control: no-cache, private\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused', EHOSTUNREACH: 'connect: no route to host', ENETUNREACH: 'connect: network is unreachable', ECONNRESET: 'read: connection reset by peer', ETIMEDOUT: 'i/o timeout',
};

/** Why a connection was not made, as Go says it: people search for these words. */
export function dialFault(error: Error & { code?: string }, { host, port }: Pick<Backend, 'host' | 'port'>): string {
  if (error.code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  const fault = error.code === undefined ? undefined : FAULTS[error.code];
  return fault === undefined ? errorMessage(error) : `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}: ${fault}`;
}

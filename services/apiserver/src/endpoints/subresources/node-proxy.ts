import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { errorMessage, onAbort } from '@kubernode/base';
import { internalError, serviceUnavailable } from '@kubernode/apimachinery';
import type { Answer, StreamSink, UpgradeAnswer } from '../../pipeline/api-request.ts';

export interface NodeCredentials { cert?: string | undefined; key?: string | undefined; ca?: string | undefined }

export interface ProxyTarget {
  host: string;
  port: number;
  path: string;
  method: string;
  headers: Readonly<Record<string, string | undefined>>;
  credentials: NodeCredentials;
  /** Plain HTTP: pods' own servers. */
  plain?: boolean;
}

/** How long a connection may take to be made. */
const CONNECT_TIMEOUT_MS = 20_000;

function options({ host, port, path, method, headers, credentials }: ProxyTarget): import('node:https').RequestOptions {
  const { ca, cert, key } = credentials;
  const sent = Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { host, port, path, method, headers: { ...sent, host: `${host}:${port}` }, timeout: CONNECT_TIMEOUT_MS, rejectUnauthorized: ca !== undefined, ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

/** Passes a request on and its answer back, as it comes. */
export function proxyRequest(target: ProxyTarget & { body: Buffer; signal: AbortSignal; contentType?: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = (target.plain === true ? httpRequest : httpsRequest)({ ...options(target), signal: target.signal }, (answer) => { connected(); resolve(streamOf(answer, target.contentType)); });
    const connected = giveUpLate(outgoing);
    outgoing.on('error', (error) => reject(target.signal.aborted ? error : serviceUnavailable(`error trying to reach service: ${errorMessage(error)}`)));
    outgoing.end(target.body.length > 0 ? target.body : undefined);
  });
}

/** Ends a request that is not answered in time. What is returned says that it was: from then on it may be silent for as long as it likes. */
function giveUpLate(outgoing: ClientRequest): () => void {
  const giveUp = (): void => { outgoing.destroy(new Error('timed out')); };
  outgoing.on('timeout', giveUp);
  return () => { outgoing.off('timeout', giveUp); };
}

function streamOf(answer: IncomingMessage, contentType: string | undefined): Answer {
  return {
    kind: 'stream', status: answer.statusCode ?? 502, contentType: contentType ?? answer.headers['content-type'] ?? 'application/octet-stream',
    write: (sink, signal) => copy(answer, sink, signal),
  };
}

async function copy(answer: IncomingMessage, sink: StreamSink, signal: AbortSignal): Promise<void> {
  using _link = onAbort(signal, () => answer.destroy());
  for await (const chunk of answer as AsyncIterable<Buffer>) { // no encoding was set, so these are buffers
    if (!sink.write([chunk])) await sink.drained(signal);
  }
}

/** Hands a connection through: the node's answer to the upgrade is the client's, and from then on bytes go both ways. */
export function proxyUpgrade(target: ProxyTarget): UpgradeAnswer {
  return {
    kind: 'upgrade',
    accept(client, head) {
      const { authorization: _authorization, ...headers } = target.headers;
      const outgoing = (target.plain === true ? httpRequest : httpsRequest)(options({ ...target, headers }));
      client.on('error', () => outgoing.destroy());
      client.on('close', () => outgoing.destroy());
      const connected = giveUpLate(outgoing);
      outgoing.on('upgrade', (answer, node, nodeHead) => { connected(); join({ client, node, answer, head, nodeHead }); });
      outgoing.on('response', (answer) => { client.write(headOf(answer)); answer.pipe(client); });
      outgoing.on('error', (error) => refuse(client, error));
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

function refuse(client: Duplex, error: Error): void {
  if (!client.writable) return;
  const body = JSON.stringify(internalError(`error dialing backend: ${error.message}`).toStatus());
  client.end(`HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

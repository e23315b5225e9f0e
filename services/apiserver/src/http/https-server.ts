import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { isAbortError, type Clock } from '@kubernode/base';
import { badRequest } from '@kubernode/apimachinery';
import { UserError, type Logger } from '@kubernode/component-base';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, ApiRequest } from '../pipeline/api-request.ts';
import { errorAnswer } from '../pipeline/status-answer.ts';
import { readAuthorities } from './authorities.ts';
import { peerOf, type PeerAuthorities } from './client-certificate.ts';
import { HttpsRequest } from './https-request.ts';
import { hasBody, NO_BODY, readBody } from './read-body.ts';
import { sendAnswer } from './send-answer.ts';
import { splitTarget } from './split-target.ts';

export interface HttpsServerOptions {
  host: string;
  port: number;
  /** `frontProxyCa` vouches for proxies that may say by headers who the user is. */
  tls: { cert: string; key: string; clientCa?: string | undefined; frontProxyCa?: string | undefined };
  clock: Clock;
  logger: Logger;
  /** The whole chain; it answers errors too and never rejects but for aborts. */
  handle: (request: ApiRequest) => Promise<Answer>;
}

/** A client has this long for its headers, and for each whole request: slow ones may not hold connections for ever. */
const HEADERS_TIMEOUT_MS = 32_000;
/** Idle connections are kept as Go keeps them. */
const KEEP_ALIVE_TIMEOUT_MS = 180_000;
const HEADER_BYTES_MAX = 1024 * 1024;
const SESSION_ID_CONTEXT = 'kubernode-apiserver';

/** The HTTPS door: turns messages into ApiRequests and answers into messages. Knows no paths. */
export class HttpsServer {
  readonly #options: HttpsServerOptions;
  readonly #server: Server;
  readonly #authorities: PeerAuthorities;
  readonly #running = new Set<HttpsRequest>();
  /** Those of them whose answer is a stream or a handed-over connection: they end only when told to. */
  readonly #streaming = new Set<HttpsRequest>();

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    const { cert, key, clientCa, frontProxyCa } = options.tls;
    const ca = [clientCa, frontProxyCa].filter((one) => one !== undefined);
    this.#authorities = { clients: readAuthorities(clientCa), frontProxies: readAuthorities(frontProxyCa) };
    this.#server = createServer({
      cert, key, requestCert: ca.length > 0, rejectUnauthorized: false, ...(ca.length > 0 && { ca }),
      minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], sessionIdContext: SESSION_ID_CONTEXT, maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, noDelay: true,
    });
    this.#server.on('request', (message, response) => { void this.#serve(message, response); }); // answers its own errors
    this.#server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => { void this.#serveUpgrade(message, socket, head); }); // likewise
    this.#server.on('clientError', (_error, socket) => { if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request'); });
    this.#server.on('tlsClientError', () => undefined); // a scan, a wrong CA: the client's affair
  }

  /** Listens; rejects with a UserError when the address cannot be had. */
  start(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Takes no new connections and ends idle ones; those with a request in flight end after it. */
  stopAccepting(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  get requestsInFlight(): number { return this.#running.size; }

  /** Ends watches and other streams in good order: what was written is flushed, then the body ends. */
  endStreams(): void {
    for (const request of this.#streaming) request.abort();
  }

  /** Aborts every request that is still running. */
  abortAll(): void {
    for (const request of this.#running) request.abort();
  }

  close(): void {
    this.abortAll();
    this.#server.closeAllConnections();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let request: HttpsRequest | undefined;
    try {
      request = hasBody(message) ? this.#request(message, await readBody(message)) : this.#request(message, NO_BODY);
      this.#running.add(request);
      const running = request;
      response.once('close', () => { if (!response.writableFinished) running.abort(); }); // otherwise nobody waits any more
      const answer = await this.#options.handle(request);
      if (answer.kind === 'upgrade') throw badRequest('Upgrade request required');
      if (answer.kind === 'stream') this.#streaming.add(running);
      await sendAnswer(answer, response, { signal: () => running.signal, headOnly: request.method === 'HEAD' });
    } catch (error) {
      this.#answerError(error, response);
    } finally {
      if (request) { this.#running.delete(request); this.#streaming.delete(request); }
    }
  }

  #answerError(error: unknown, response: ServerResponse): void {
    if (isAbortError(error) || response.headersSent || response.destroyed) { response.destroy(); return; }
    const answer = errorAnswer(error);
    if (answer.status >= 500) this.#options.logger.error('request failed', { error: error instanceof Error ? error.stack : String(error) });
    response.writeHead(answer.status, { 'Content-Type': answer.contentType, ...answer.headers, ...(answer.status === 413 && { Connection: 'close' }) });
    response.end(answer.body as Buffer); // error answers are one piece
  }

  async #serveUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy()); // a reset by the client
    let request: HttpsRequest | undefined;
    try {
      request = this.#request(message, NO_BODY);
      this.#running.add(request);
      const running = request;
      this.#streaming.add(running);
      socket.once('close', () => { running.abort(); this.#running.delete(running); this.#streaming.delete(running); });
      const answer = await this.#options.handle(request);
      if (answer.kind === 'upgrade') answer.accept(socket, head);
      else writeRawAnswer(answer.kind === 'buffered' ? answer : errorAnswer(badRequest('Upgrade request is not supported here')), socket);
    } catch (error) {
      if (isAbortError(error)) socket.destroy();
      else writeRawAnswer(errorAnswer(error), socket);
    }
  }

  #request(message: IncomingMessage, body: Buffer): HttpsRequest {
    const target = splitTarget(message.url ?? '/');
    if (target === undefined) throw badRequest('the request URI is malformed');
    return new HttpsRequest({ message, ...target, body, peer: peerOf(message.socket as TLSSocket, this.#authorities), receivedAt: this.#options.clock.now() }); // an HTTPS server's sockets are TLS sockets
  }
}

function writeRawAnswer(answer: Extract<Answer, { kind: 'buffered' }>, socket: Duplex): void {
  const body = answerBody(answer);
  const headers = { 'Content-Type': answer.contentType, 'Content-Length': String(body.length), Connection: 'close', ...answer.headers };
  socket.write(`HTTP/1.1 ${answer.status} ${answer.status === 101 ? 'Switching Protocols' : 'Status'}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.end(body);
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') return new UserError(`--secure-port: port ${port} on ${host} is in use by another process`);
  if (error.code === 'EACCES') return new UserError(`--secure-port: no permission to listen on port ${port}`);
  if (error.code === 'EADDRNOTAVAIL') return new UserError(`--bind-address: ${host} is not an address of this machine`);
  return error;
}

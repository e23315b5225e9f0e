import { createServer, type Server } from 'node:https';
import { Server as NetServer } from 'node:net';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import { isAbortError, type Clock } from '@kubernode/base';
import { badRequest } from '@kubernode/apimachinery';
import { UserError, type Logger } from '@kubernode/component-base';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, ApiRequest, BufferedAnswer, Peer, StreamAnswer } from '../pipeline/api-request.ts';
import { errorAnswer, textAnswer } from '../pipeline/status-answer.ts';
import { TIMED_OUT_ANSWER } from '../pipeline/timed-out-answer.ts';
import { ArrivingBody } from './arriving-body.ts';
import { readAuthorities } from './authorities.ts';
import { BODY_BYTES_TOTAL_MAX, BodyBudget } from './body-budget.ts';
import { peerOf, type PeerAuthorities } from './client-certificate.ts';
import type { Exchange } from './exchange.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { dateSource, Http2Exchange } from './http2-exchange.ts';
import { Http2Connection } from './http2/http2-connection.ts';
import type { Http2Stream } from './http2/http2-stream.ts';
import { HttpsRequest } from './https-request.ts';
import { bodyRefusal, hasBody, NO_BODY, readBody, REQUEST_BYTES_MAX } from './read-body.ts';
import { secureContextOptions, type ServingTls, sniContexts } from './serving-tls.ts';
import { spread } from '../lifecycle/spread.ts';
import { splitTarget, type Target } from './split-target.ts';

export interface HttpsServerOptions {
  host: string;
  port: number;
  tls: ServingTls;
  clock: Clock;
  logger: Logger;
  /** What bodies may hold together until their requests are answered; BODY_BYTES_TOTAL_MAX when absent. */
  bodyBytesTotalMax?: number;
  /** Whether it is known at once who sends a request. Bodies of others have a quarter of the room, which they cannot take from those who are known. */
  isKnown?: (sender: Pick<ApiRequest, 'headers' | 'peer'>) => boolean;
  /** A client has this long to send a whole request; none of its own when absent. */
  requestTimeoutMs?: number;
  /** Asked for every request over HTTP/2: whether its client has to open another connection for the next one. */
  isLastOfConnection?: () => boolean;
  /** The whole chain; it answers errors too and never rejects but for aborts. */
  handle: (request: ApiRequest) => Promise<Answer>;
}

/** A client has this long for its headers, and for each whole request: slow ones may not hold connections for ever. */
const HEADERS_TIMEOUT_MS = 32_000;
/** Idle connections are kept as Go keeps them. */
const KEEP_ALIVE_TIMEOUT_MS = 180_000;
/** How often messages that take too long to arrive are looked for. */
const TIMEOUTS_LOOK_INTERVAL_MS = 1_000;
const HEADER_BYTES_MAX = 1024 * 1024;
/** Connections of HTTP/2 are looked at this often; nine looks without a request, and one is closed. */
const IDLE_LOOK_INTERVAL_MS = 10_000;
const SESSION_ID_CONTEXT = 'kubernode-apiserver';

/** The HTTPS door for HTTP/2 and HTTP/1.1: turns what arrives into ApiRequests and sends their answers. Knows no paths. */
export class HttpsServer {
  readonly #options: HttpsServerOptions;
  readonly #server: Server;
  #authorities: PeerAuthorities;
  #contextFor: (name: string) => SecureContext | undefined;
  readonly #running = new Set<HttpsRequest>();
  /** Those of them whose answer is a stream or a handed-over connection: they end only when told to. */
  readonly #streaming = new Set<HttpsRequest>();
  readonly #http1 = new Set<Duplex>();
  readonly #http2 = new Set<Http2Connection>();
  /** Connections of HTTP/1.1 whose next answer is their last. */
  readonly #leaving = new WeakSet<Duplex>();
  readonly #date: () => string;
  #idleTimer: Disposable | undefined;
  readonly #bodies: BodyBudget;
  readonly #bodiesOfStrangers: BodyBudget;
  /** Connections on which a body is being read. */
  readonly #arriving = new Set<Duplex>();
  /** Answers of HTTP/1.1 from the message's arrival until the system has taken them. */
  readonly #responses = new Set<ServerResponse>();
  #activity = 0;
  #isStopping = false;

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    this.#date = dateSource(() => options.clock.now());
    const bodyBytesMax = options.bodyBytesTotalMax ?? BODY_BYTES_TOTAL_MAX;
    this.#bodies = new BodyBudget({ eachMax: REQUEST_BYTES_MAX, totalMax: bodyBytesMax });
    this.#bodiesOfStrangers = new BodyBudget({ eachMax: REQUEST_BYTES_MAX, totalMax: bodyBytesMax / 4 });
    const { tls } = options;
    this.#authorities = authoritiesOf(tls);
    this.#contextFor = sniContexts(tls);
    this.#server = createServer({
      ...secureContextOptions(tls), requestCert: tls.clientCa !== undefined || tls.frontProxyCa !== undefined, rejectUnauthorized: false,
      SNICallback: (name, done) => { done(null, this.#contextFor(name)); }, ALPNProtocols: ['h2', 'http/1.1'], sessionIdContext: SESSION_ID_CONTEXT, maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, options.requestTimeoutMs ?? HEADERS_TIMEOUT_MS), requestTimeout: options.requestTimeoutMs ?? 0, connectionsCheckingInterval: TIMEOUTS_LOOK_INTERVAL_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, noDelay: true,
    });
    this.#server.on('request', (message, response) => { void this.#serveMessage(message, response); }); // answers its own errors
    this.#server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => { void this.#serveUpgrade(message, socket, head); }); // likewise
    this.#server.on('clientError', (error, socket) => { this.#refuse(error, socket); });
    this.#takeHttp2();
    this.#server.on('tlsClientError', () => undefined); // a scan, a wrong CA: the client's affair
  }

  /** For connections from now on; those that are open keep what they agreed on. Throws, and changes nothing, when it cannot be used. */
  setTls(tls: ServingTls): void {
    const [contextFor, authorities] = [sniContexts(tls), authoritiesOf(tls)];
    this.#server.setSecureContext({ ...secureContextOptions(tls), sessionIdContext: SESSION_ID_CONTEXT });
    this.#contextFor = contextFor;
    this.#authorities = authorities;
  }

  /** Listens; rejects with a UserError when the address cannot be had. */
  start(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        const address = this.#server.address();
        this.#closeIdleLater();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Connections whose client chose HTTP/2 do not go to Node's own server. */
  #takeHttp2(): void {
    const [http1] = this.#server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]; // registered by node:https
    this.#server.removeAllListeners('secureConnection');
    this.#server.on('connection', () => { this.#activity++; });
    this.#server.on('secureConnection', (socket) => { this.#activity++; if (socket.alpnProtocol === 'h2') this.#openHttp2(socket); else { this.#http1.add(socket); socket.once('close', () => this.#http1.delete(socket)); http1?.call(this.#server, socket); } });
  }

  sendAway(overMs: number): Promise<void> {
    const away = [...Array.from(this.#http1, (socket) => () => { this.#leaving.add(socket); }), ...Array.from(this.#http2, (connection) => () => { connection.shutDown(); })];
    return spread(away, (one) => one(), { overMs, perSecondMin: 0, clock: this.#options.clock });
  }

  /** Takes no new connections. Connections of HTTP/1.1 live on for a request that may be on its way; those of HTTP/2 are told which is the last. */
  stopListening(): void {
    this.#isStopping = true;
    NetServer.prototype.close.call(this.#server); // Node's own close would cut connections between two requests
    for (const connection of this.#http2) connection.shutDown();
  }

  /** Requests that are not answered yet, also those that are still arriving, and answers that clients still have to take; watches and other streams left out. */
  get requestsPending(): number {
    let underWay = this.#arriving.size;
    for (const response of this.#responses) if (response.writableEnded) underWay++;
    for (const connection of this.#http2) underWay += connection.underWay;
    return underWay + this.#running.size - this.#streaming.size;
  }

  /** Connections, handshakes and requests so far. */
  get activity(): number { return this.#activity; }

  /** Requests and streams of any kind, and connections that still have to deliver answers. */
  get requestsRunning(): number { return Math.max(this.#arriving.size + this.#running.size, this.#responses.size, this.#http2.size); }

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
    this.#idleTimer?.[Symbol.dispose]();
    this.#server.close();
    this.#server.closeAllConnections();
    for (const connection of this.#http2) connection.destroy();
  }

  async #serveMessage(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Http1Exchange(response, () => this.#leaving.has(message.socket));
    this.#responses.add(response);
    response.once('close', () => this.#responses.delete(response));
    const receivedAt = this.#options.clock.now(); // its time runs while its body arrives
    const body = hasBody(message) ? new ArrivingBody(this.#budgetFor({ headers: headersOf(message), peer: this.#peerOf(message) })) : undefined;
    try {
      if (body !== undefined) await this.#receive(message, body);
      const request = this.#requestOf(message, { receivedAt, body: body?.take() ?? NO_BODY });
      response.once('close', () => { if (!response.writableFinished) request.abort(); }); // otherwise nobody waits any more
      await this.#answer(request, exchange);
    } catch (error) { this.#answerError(error, exchange); } finally { body?.release(); }
  }

  async #receive(message: IncomingMessage, body: ArrivingBody): Promise<void> {
    this.#arriving.add(message.socket);
    try { await readBody(message, body); } finally { this.#arriving.delete(message.socket); }
  }

  /** A message that cannot be read, or takes too long: with its headers nobody is told, as in Go's server; with its body it is a timeout as any other. */
  #refuse(error: Error & { code?: string }, socket: Duplex): void {
    if (!socket.writable) return;
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') writeRawAnswer(BAD_MESSAGE[error.code ?? ''] ?? textAnswer(400, '400 Bad Request', {}), socket);
    else if (this.#arriving.has(socket)) writeRawAnswer(TIMED_OUT_ANSWER, socket);
    else socket.destroy();
  }

  #openHttp2(socket: TLSSocket): void {
    const peer = peerOf(socket, this.#authorities);
    const onRequest = (stream: Http2Stream): void => {
      if (this.#isStopping || this.#options.isLastOfConnection?.() === true) connection.shutDown();
      this.#serveStream(stream, peer);
    };
    const connection = new Http2Connection({ socket, bodies: ({ headers }) => this.#budgetFor({ headers, peer }), headerBytesMax: HEADER_BYTES_MAX, onRequest });
    this.#http2.add(connection);
    socket.once('close', () => this.#http2.delete(connection));
    connection.start();
  }

  #serveStream(stream: Http2Stream, peer: Peer): void {
    const exchange = new Http2Exchange(stream, this.#date);
    let request: HttpsRequest;
    try {
      if (stream.bodyFault !== undefined) throw bodyRefusal(stream.bodyFault);
      request = this.#requestOfStream(stream, peer);
    } catch (error) { this.#answerError(error, exchange); return; }
    stream.onClose(() => { if (!stream.isAnswerEnded) request.abort(); });
    const answered = this.#answer(request, exchange); // answers its own errors
    if (stream.bodyBytes > 0) void answered.finally(() => { stream.releaseBody(); });
  }

  async #answer(request: HttpsRequest, exchange: Exchange): Promise<void> {
    this.#running.add(request);
    this.#activity++;
    try {
      const answer = await this.#options.handle(request);
      if (answer.kind === 'upgrade') throw badRequest('Upgrade request required');
      if (answer.kind === 'stream') await this.#stream(answer, request, exchange);
      else {
        const sending = exchange.send(answer, { headOnly: request.method === 'HEAD', signal: () => request.signal });
        if (sending !== undefined) await sending;
      }
    } catch (error) {
      this.#answerError(error, exchange);
    } finally { this.#running.delete(request); }
  }

  async #stream(answer: StreamAnswer, request: HttpsRequest, exchange: Exchange): Promise<void> {
    this.#streaming.add(request);
    try { await answer.write(exchange.open(answer), request.signal); } finally {
      exchange.end();
      this.#streaming.delete(request);
    }
  }

  #answerError(error: unknown, exchange: Exchange): void {
    if (isAbortError(error) || exchange.hasBegun) { exchange.destroy(); return; }
    const answer = errorAnswer(error);
    if (answer.status >= 500) this.#options.logger.error('request failed', { error: error instanceof Error ? error.stack : String(error) });
    void exchange.send(answer, { headOnly: false, signal: neverAborted }); // error answers are one piece: nobody waits
  }

  async #serveUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy()); // a reset by the client
    let request: HttpsRequest | undefined;
    try {
      request = this.#requestOf(message, { receivedAt: this.#options.clock.now(), body: NO_BODY });
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

  #requestOf(message: IncomingMessage, { body, receivedAt }: { body: Buffer; receivedAt: number }): HttpsRequest {
    const { target, path, query } = targetOf(message.url ?? '/');
    return new HttpsRequest({ method: message.method ?? 'GET', target, path, query, headers: headersOf(message), headerValues: (name) => message.headersDistinct[name] ?? [], body, peer: this.#peerOf(message), receivedAt });
  }

  #peerOf(message: IncomingMessage): Peer { return peerOf(message.socket as TLSSocket, this.#authorities); } // an HTTPS server's sockets are TLS sockets

  #budgetFor(sender: Pick<ApiRequest, 'headers' | 'peer'>): BodyBudget { return this.#options.isKnown?.(sender) === false ? this.#bodiesOfStrangers : this.#bodies; }

  #requestOfStream(stream: Http2Stream, peer: Peer): HttpsRequest {
    const { method, headers, repeated } = stream.head;
    const { target, path, query } = targetOf(stream.head.target);
    const headerValues = (name: string): readonly string[] => { const one = headers[name]; return repeated?.get(name) ?? (one === undefined ? [] : [one]); };
    return new HttpsRequest({ method, target, path, query, headers, headerValues, body: stream.takeBody(NO_BODY), peer, receivedAt: this.#options.clock.now() });
  }

  /** Looks at the connections of HTTP/2 now and then; HTTP/1.1's are the business of Node's own timeouts. */
  #closeIdleLater(): void {
    this.#idleTimer = this.#options.clock.after(IDLE_LOOK_INTERVAL_MS, () => {
      for (const connection of this.#http2) connection.closeIfIdle();
      this.#closeIdleLater();
    });
  }
}

/** In the words of Go's server. */
const BAD_MESSAGE: Readonly<Record<string, BufferedAnswer>> = { HPE_HEADER_OVERFLOW: textAnswer(431, '431 Request Header Fields Too Large', {}) };

function headersOf(message: IncomingMessage): Record<string, string | undefined> {
  return message.headers as Record<string, string | undefined>; // only set-cookie is ever a list, and requests have none
}

function targetOf(target: string): Target {
  const split = splitTarget(target);
  if (split === undefined) throw badRequest('the request URI is malformed');
  return split;
}

function neverAborted(): AbortSignal { return new AbortController().signal; }

function authoritiesOf({ clientCa, frontProxyCa }: ServingTls): PeerAuthorities {
  return { clients: readAuthorities(clientCa), frontProxies: readAuthorities(frontProxyCa) };
}

function writeRawAnswer(answer: Extract<Answer, { kind: 'buffered' }>, socket: Duplex): void {
  const body = answerBody(answer);
  const headers = { 'Content-Type': answer.contentType, 'Content-Length': String(body.length), Connection: 'close', ...answer.headers };
  socket.write(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Status'}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.end(body);
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') return new UserError(`--secure-port: port ${port} on ${host} is in use by another process`);
  if (error.code === 'EACCES') return new UserError(`--secure-port: no permission to listen on port ${port}`);
  if (error.code === 'EADDRNOTAVAIL') return new UserError(`--bind-address: ${host} is not an address of this machine`);
  return error;
}

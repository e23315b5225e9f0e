import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { abortError, onAbort, type Clock } from '@kubernode/base';
import { EtcdError, errorOfAnswer } from './etcd-error.ts';
import { SessionPulse } from './session-pulse.ts';

/** Files of the certificates; read at each connecting, so renewed ones are taken up. */
export interface EtcdTlsFiles { caFile?: string | undefined; certFile?: string | undefined; keyFile?: string | undefined }

export interface UnaryCall { path: string; body: Buffer; signal: AbortSignal | undefined; timeoutMs: number; headers?: http2.OutgoingHttpHeaders | undefined }

/** Until etcd has spoken: the kernel accepts connections also for a process that is frozen. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Answers and watch batches may be large; the defaults (64 KB in flight, 10 MB a session) would stall them. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024;
const SESSION_MEMORY_MB = 1_024;
const FRAME_HEAD_BYTES = 5;

/** One session and what is known of it. */
interface Session {
  readonly http2: http2.ClientHttp2Session;
  readonly pulse: SessionPulse;
  /** Before, nothing has left this process. */
  isConnected: boolean;
}

/**
 * One endpoint of etcd over one HTTP/2 session, opened by the first call and again after it broke. gRPC by hand: a call costs 86 µs of
 * CPU here where @grpc/grpc-js takes 267 µs, and it is known for certain whether a failed call ever left.
 */
export class Http2Connection {
  readonly #url: URL;
  readonly #tls: EtcdTlsFiles;
  readonly #clock: Clock;
  #session: Session | undefined;

  constructor({ url, tls, clock }: { url: URL; tls: EtcdTlsFiles; clock: Clock }) { this.#url = url; this.#tls = tls; this.#clock = clock; }

  /** The answer's message. Rejects with an EtcdError, or an AbortError. */
  unary({ path, body, signal, timeoutMs, headers = {} }: UnaryCall): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) { reject(abortError(signal)); return; }
      let session: Session, stream: http2.ClientHttp2Stream;
      try {
        session = this.#liveSession();
        stream = request(session, path, { 'grpc-timeout': `${Math.ceil(timeoutMs)}m`, ...headers });
      } catch (error) { reject(unreachable(error)); return; }
      const { pulse } = session;
      pulse.begin();
      const answer = new AnswerCollector();
      let failure: Error | undefined;
      const giveUp = (error: Error): void => { failure ??= error; stream.close(http2.constants.NGHTTP2_CANCEL); };
      const timer = this.#clock.after(timeoutMs, () => { giveUp(this.#timedOut(path)); });
      const link = onAbort(signal, () => giveUp(abortError(signal as AbortSignal))); // only called with a signal
      stream.on('response', (received) => { pulse.felt(); answer.takeStatus(received); });
      stream.on('data', (chunk: Buffer) => { pulse.felt(); answer.takeData(chunk); });
      stream.on('trailers', (received) => answer.takeStatus(received));
      stream.on('error', (error) => { failure ??= this.#lost(session, stream, error); });
      stream.on('close', () => {
        timer[Symbol.dispose]();
        link[Symbol.dispose]();
        pulse.end();
        const result = answer.result(() => this.#lost(session, stream));
        if (failure !== undefined) reject(failure);
        else if (result instanceof EtcdError) reject(result);
        else resolve(result);
      });
      stream.end(body);
    });
  }

  /** A two-way stream, for the caller to write frames to and read them from. */
  duplex(path: string, headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    try { return request(this.#liveSession(), path, headers); } catch (error) { throw unreachable(error); }
  }

  close(): void {
    this.#session?.http2.destroy();
    this.#session = undefined;
  }

  #liveSession(): Session {
    if (this.#session !== undefined && !this.#session.http2.closed && !this.#session.http2.destroyed) return this.#session;
    const session = http2.connect(this.#url, { ...this.#tlsOptions(), settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES }, maxSessionMemory: SESSION_MEMORY_MB });
    const known: Session = { http2: session, pulse: new SessionPulse(session, this.#clock), isConnected: false };
    this.#session = known;
    const forget = (): void => { if (this.#session === known) this.#session = undefined; };
    const timer = this.#clock.after(CONNECT_TIMEOUT_MS, () => session.destroy(new Error('connecting timed out')));
    session.once('connect', () => { known.isConnected = true; session.setLocalWindowSize(SESSION_WINDOW_BYTES); });
    session.once('remoteSettings', () => timer[Symbol.dispose]());
    session.once('goaway', forget); // calls under way may still finish; new ones go elsewhere
    session.on('error', () => undefined); // every stream gets the error too, and there it is handled
    session.once('close', () => { timer[Symbol.dispose](); forget(); });
    return known;
  }

  #tlsOptions(): http2.SecureClientSessionOptions {
    if (this.#url.protocol !== 'https:') return {};
    const { caFile, certFile, keyFile } = this.#tls;
    return {
      ...(caFile !== undefined && { ca: readFileSync(caFile) }), ...(certFile !== undefined && { cert: readFileSync(certFile) }), ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
      minVersion: 'TLSv1.2',
    };
  }

  #timedOut(path: string): EtcdError {
    return new EtcdError({ code: 'deadlineExceeded', message: `no answer from ${this.#url.host} to ${path} in time`, fateUnknown: true });
  }

  #lost({ isConnected }: Session, stream: http2.ClientHttp2Stream, error?: Error): EtcdError {
    const undone = !isConnected || stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM || stream.id === undefined;
    return new EtcdError({ code: 'unavailable', message: `${this.#url.host}: ${error?.message ?? 'the stream was closed'}`, fateUnknown: !undone, cause: error });
  }
}

function request({ http2: session }: Session, path: string, headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
  return session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
}

function unreachable(cause: unknown): EtcdError {
  return new EtcdError({ code: 'unavailable', message: cause instanceof Error ? cause.message : String(cause), cause });
}

/** The parts of a unary call's answer as they come in. */
class AnswerCollector {
  #chunks: Buffer[] = [];
  #status: string | undefined;
  #message = '';

  /** Headers or trailers: the status comes in the headers when there is no body. */
  takeStatus(headers: http2.IncomingHttpHeaders): void {
    const status = headers['grpc-status'];
    if (typeof status !== 'string') return;
    this.#status = status;
    this.#message = decodeMessage(headers['grpc-message']);
  }

  takeData(chunk: Buffer): void { this.#chunks.push(chunk); }

  result(lost: () => EtcdError): Buffer | EtcdError {
    if (this.#status === undefined) return lost();
    if (this.#status !== '0') return errorOfAnswer(Number(this.#status), this.#message);
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    if (body.length < FRAME_HEAD_BYTES || body[0] !== 0) return new EtcdError({ code: 'protocol', message: 'an answer without a message', fateUnknown: true });
    return body.subarray(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + body.readUInt32BE(1));
  }
}

/** gRPC's message of a status: percent-encoded. */
export function decodeMessage(header: string | string[] | undefined): string {
  const text = typeof header === 'string' ? header : '';
  try { return decodeURIComponent(text); } catch { return text; } // a stray percent sign: better as it is than not at all
}

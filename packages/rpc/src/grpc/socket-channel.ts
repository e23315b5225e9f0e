import { connect } from 'node:net';
import { onAbort, type Clock } from '@kubernode/base';
import { ClientConnection } from '../http2/client-connection.ts';
import { encodeFields } from '../http2/hpack/header-encoder.ts';
import { GrpcError, grpcErrorOf } from './grpc-error.ts';
import { MessageStream } from './message-stream.ts';
import { GrpcCode } from './status.ts';
import { UnaryCall } from './unary-call.ts';

export interface SocketCall {
  /** `/PACKAGE.SERVICE/METHOD`. */
  path: string;
  /** With gRPC's five bytes before it. */
  body: Buffer;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** W3C's: what the service does stands below it. */
  traceparent?: string | undefined;
}

/**
 * gRPC to a service of the same host, over one HTTP/2 connection that the first call opens, and the next one after it broke. Never asks
 * whether the other side is still there: the kernel tells when it is not, and services of gRPC for Go hang up on who asks too often.
 */
export class SocketChannel {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #heads = new Map<string, Buffer>();
  #connection: ClientConnection | undefined;

  constructor({ path, clock }: { path: string; clock: Clock }) {
    this.#path = path;
    this.#clock = clock;
  }

  /** The answer's message. Rejects with a GrpcError; CANCELLED when aborted. */
  unary({ path, body, timeoutMs, signal, traceparent }: SocketCall): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) { reject(cancelled(path)); return; }
      const links: Disposable[] = [];
      const call = new UnaryCall({
        path, deadlineMs: this.#clock.monotonicNow() + timeoutMs, resolve, reject,
        errorOf: grpcErrorOf,
        onSettled: () => { for (const link of links) link[Symbol.dispose](); },
      });
      links.push(this.#clock.after(timeoutMs, () => call.giveUp(new GrpcError(GrpcCode.DEADLINE_EXCEEDED, `no answer to ${path} in time`))));
      const timeout = encodeFields([['grpc-timeout', `${Math.ceil(timeoutMs)}m`]]);
      const head = [this.#head(path), timeout];
      if (traceparent !== undefined) head.push(encodeFields([['traceparent', traceparent]]));
      call.begin(this.#open().open(head, call), body);
      if (signal !== undefined) links.push(onAbort(signal, () => call.giveUp(cancelled(path))));
    });
  }

  /** What a service tells in answer to one message, until `destroy`. */
  subscribe(path: string, body: Buffer): MessageStream<GrpcError> {
    const stream = new MessageStream(grpcErrorOf);
    stream.begin(this.#open().open([this.#head(path)], stream));
    stream.end(body);
    return stream;
  }

  close(): void {
    this.#connection?.destroy(new Error('the channel was closed'));
    this.#connection = undefined;
  }

  #open(): ClientConnection {
    if (this.#connection?.isOpen === true) return this.#connection;
    const connection = new ClientConnection({ socket: connect(this.#path), readyEvent: 'connect' });
    connection.start();
    this.#connection = connection;
    return connection;
  }

  #head(path: string): Buffer {
    const known = this.#heads.get(path) ?? encodeFields([[':method', 'POST'], [':scheme', 'http'], [':path', path], [':authority', 'localhost'], ['content-type', 'application/grpc'], ['te', 'trailers']]);
    this.#heads.set(path, known);
    return known;
  }
}

function cancelled(path: string): GrpcError { return new GrpcError(GrpcCode.CANCELLED, `the call of ${path} was cancelled`); }

import type { ClientStream, StreamEnd, StreamEvents } from '../http2/client-stream.ts';
import type { HeaderField } from '../http2/hpack/static-table.ts';
import type { FailureError } from './call-failure.ts';
import { GRPC_FRAME_HEAD_BYTES, messageEnd } from './frames.ts';
import { GrpcCode, statusOf, type GrpcStatus } from './status.ts';

export interface UnaryCallInit {
  /** For messages. */
  path: string;
  /** On the clock that never jumps. */
  deadlineMs: number;
  resolve: (message: Buffer) => void;
  reject: (error: Error) => void;
  errorOf: FailureError<Error>;
  /** Called once, whatever the outcome. */
  onSettled: (call: UnaryCall) => void;
}

/** One question and its answer, put together in place: an answer that came in one piece is not copied. */
export class UnaryCall implements StreamEvents {
  readonly path: string;
  readonly deadlineMs: number;
  readonly #init: UnaryCallInit;
  #stream: ClientStream | undefined;
  #body: Buffer | undefined;
  /** All of the body, when it came in several pieces. */
  #pieces: Buffer[] | undefined;
  #status: GrpcStatus | undefined;

  constructor(init: UnaryCallInit) {
    this.path = init.path;
    this.deadlineMs = init.deadlineMs;
    this.#init = init;
  }

  begin(stream: ClientStream, body: Buffer): void {
    this.#stream = stream;
    stream.end(body);
  }

  /** True once something of it may have left this process. */
  get mayHaveLeft(): boolean { return this.#stream !== undefined && this.#stream.id !== 0; }

  /** Takes the question back; the caller hears `error`. */
  giveUp(error: Error): void {
    this.#stream?.cancel();
    this.#init.onSettled(this);
    this.#init.reject(error);
  }

  onHeaders(fields: readonly HeaderField[]): void { this.#status = statusOf(fields) ?? this.#status; }

  onData(piece: Buffer): void {
    this.#stream?.consumed(piece.length);
    if (this.#body === undefined) this.#body = piece;
    else (this.#pieces ??= [this.#body]).push(piece);
  }

  onEnd(end: StreamEnd): void {
    this.#init.onSettled(this);
    const result = this.#result(end);
    if (result instanceof Error) this.#init.reject(result); else this.#init.resolve(result);
  }

  /** A status is an answer also where the stream was reset after it. */
  #result(end: StreamEnd): Buffer | Error {
    if (this.#status === undefined) return this.#init.errorOf({ kind: 'lost', end });
    if (this.#status.code !== GrpcCode.OK) return this.#init.errorOf({ kind: 'refused', code: this.#status.code, message: this.#status.message });
    const body = this.#pieces === undefined ? this.#body : Buffer.concat(this.#pieces);
    if (body === undefined || body.length < GRPC_FRAME_HEAD_BYTES || body[0] !== 0) return this.#init.errorOf({ kind: 'noMessage' });
    return body.subarray(GRPC_FRAME_HEAD_BYTES, messageEnd(body, 0));
  }
}

import type { ClientStream, StreamEnd, StreamEvents } from '../http2/client-stream.ts';
import type { HeaderField } from '../http2/hpack/static-table.ts';
import type { FailureError } from './call-failure.ts';
import { MessageCutter } from './frames.ts';
import { GrpcCode, statusOf } from './status.ts';

/** A call of gRPC that says and is told many things. Its reader holds it up: what is not taken counts against the stream's window. */
export class MessageStream<E extends Error> implements StreamEvents {
  readonly #errorOf: FailureError<E>;
  readonly #onOver: (() => void) | undefined;
  readonly #cutter = new MessageCutter();
  #stream: ClientStream | undefined;
  #messages: Buffer[] = [];
  /** Bytes of messages that wait for the reader. */
  #untaken = 0;
  #failure: E | undefined;
  #isOver = false;
  /** The other side said that it said all. */
  #isComplete = false;
  #wake: (() => void) | undefined;

  /** `onOver` is called once, when it has ended from either side. */
  constructor(errorOf: FailureError<E>, onOver?: () => void) { this.#errorOf = errorOf; this.#onOver = onOver; }

  begin(stream: ClientStream): void { this.#stream = stream; }

  write(message: Buffer): void { this.#stream?.write(message); }
  /** The last that is said; a server may wait for it to be sure that there is one question. */
  end(message: Buffer): void { this.#stream?.end(message); }

  /** Why it ended; undefined before that, after `destroy` without a reason, and when the other side had said all. */
  get failure(): E | undefined { return this.#failure; }

  /** All messages that have arrived, at least one; undefined at the end. For one reader. */
  async next(): Promise<readonly Buffer[] | undefined> {
    if (this.#messages.length === 0 && !this.#isOver) await new Promise<void>((resolve) => { this.#wake = resolve; });
    if (this.#messages.length === 0) return undefined;
    const messages = this.#messages;
    this.#messages = [];
    this.#stream?.consumed(this.#untaken);
    this.#untaken = 0;
    return messages;
  }

  /** Ends it from this side. What has arrived and was not taken is forgotten. */
  destroy(reason?: E): void {
    this.#failure ??= reason;
    this.#messages = [];
    this.#stream?.cancel();
    this.#finish();
  }

  onHeaders(fields: readonly HeaderField[]): void {
    const status = statusOf(fields);
    if (status === undefined) return;
    if (status.code === GrpcCode.OK) this.#isComplete = true; else this.#failure ??= this.#errorOf({ kind: 'refused', ...status });
  }

  onData(piece: Buffer): void {
    this.#untaken += piece.length;
    this.#cutter.take(piece, this.#messages);
    if (this.#messages.length > 0) { this.#rouse(); return; }
    this.#stream?.consumed(this.#untaken); // a part of a message: the rest has to come
    this.#untaken = 0;
  }

  onEnd(end: StreamEnd): void {
    if (!this.#isComplete) this.#failure ??= this.#errorOf({ kind: 'lost', end });
    this.#finish();
  }

  #finish(): void {
    if (!this.#isOver) this.#onOver?.();
    this.#isOver = true;
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

import { abortError } from '@kubernode/base';
import { SendQueue, type HeaderPairs } from '@kubernode/rpc';
import type { StreamSink } from '../../pipeline/api-request.ts';
import type { RequestHead } from './request-head.ts';

/** What a stream asks of its connection. */
export interface StreamHost {
  sendHeaders(stream: Http2Stream, status: number, headers: HeaderPairs, isLast: boolean): void;
  /** Sends what the queue holds as far as windows and client let it. */
  sendData(stream: Http2Stream): void;
  reset(stream: Http2Stream): void;
}

/**
 * One request and its answer on an HTTP/2 connection. Small, since a watch keeps one for hours: its buffers exist only while they hold
 * something.
 *
 *     request:  open → complete (body is all there)        answer:  headers → data … → ended        either side: reset
 */
export class Http2Stream implements StreamSink {
  readonly id: number;
  readonly head: RequestHead;
  readonly queue: SendQueue = new SendQueue();
  /** The client's side has ended: the body is complete. */
  isRequestComplete = false;
  /** The body is larger than is taken; what else comes of it is dropped. */
  isBodyTooLarge = false;
  /** How often it was seen not to be here as a whole. */
  arrivingLooks = 0;
  /** The answer's last piece is in the queue. */
  isAnswerEnded = false;
  hasAnswered = false;
  isClosed = false;
  /** What may be sent, and what the client may still send before it is told that it may go on. */
  sendWindow: number;
  receiveWindow: number;
  readonly #host: StreamHost;
  #body: Buffer[] | undefined;
  #bodyBytes = 0;
  #waiter: { resolve: () => void; reject: (error: Error) => void } | undefined;
  /** Whose abort ends a wait. */
  #signal: AbortSignal | undefined;
  #onClose: (() => void) | undefined;

  constructor({ id, head, host, sendWindow, receiveWindow }: { id: number; head: RequestHead; host: StreamHost; sendWindow: number; receiveWindow: number }) {
    this.id = id;
    this.head = head;
    this.#host = host;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  get bodyBytes(): number { return this.#bodyBytes; }

  addBody(piece: Buffer): void {
    this.#bodyBytes += piece.length;
    if (this.#body === undefined) this.#body = [piece]; else this.#body.push(piece);
  }

  /** The body, once; `none` for an empty one. */
  takeBody(none: Buffer): Buffer {
    const pieces = this.#body;
    this.#body = undefined;
    return pieces === undefined ? none : Buffer.concat(pieces);
  }

  /** A whole answer. Settles nothing: what does not go out at once is sent as the client reads. */
  respond(status: number, headers: HeaderPairs, body: readonly Buffer[]): void {
    if (this.isClosed) return;
    const isEmpty = body.every((piece) => piece.length === 0);
    this.isAnswerEnded = true;
    this.#host.sendHeaders(this, status, headers, isEmpty);
    if (isEmpty) return;
    this.queue.push(body);
    this.#host.sendData(this);
  }

  /** The head of an answer that is written piece by piece. */
  open(status: number, headers: HeaderPairs): void {
    if (!this.isClosed) this.#host.sendHeaders(this, status, headers, false);
  }

  write(pieces: readonly Buffer[]): boolean {
    if (this.isClosed) return true;
    this.queue.push(pieces);
    this.#host.sendData(this);
    return this.queue.bytes === 0;
  }

  drained(signal: AbortSignal): Promise<void> {
    if (this.queue.bytes === 0) return Promise.resolve();
    if (signal.aborted) return Promise.reject(abortError(signal));
    this.#rejectOnAbort(signal);
    return new Promise((resolve, reject) => { this.#waiter = { resolve, reject }; });
  }

  /** The answer is complete. */
  end(): void {
    if (this.isClosed || this.isAnswerEnded) return;
    this.isAnswerEnded = true;
    this.#host.sendData(this);
  }

  /** Breaks the answer off, so that the client sees that it is not whole. */
  destroy(): void {
    if (!this.isClosed) this.#host.reset(this);
  }

  /** `listener` is called when the stream is over, in whatever way. */
  onClose(listener: () => void): void { this.#onClose = listener; }

  /** For the connection: the queue has run empty. */
  queueDrained(): void {
    this.#waiter?.resolve();
    this.#waiter = undefined;
  }

  /** For the connection: nothing goes either way any more. */
  closed(): void {
    this.isClosed = true;
    this.#onClose?.();
  }

  /** Listens once for all waits of a watch: adding and removing a listener costs more than sending an event. */
  #rejectOnAbort(signal: AbortSignal): void {
    if (this.#signal === signal) return;
    this.#signal = signal;
    signal.addEventListener('abort', () => { this.#waiter?.reject(abortError(signal)); this.#waiter = undefined; }, { once: true });
  }
}

import { abortError } from '@kubernode/base';
import { SendQueue, type HeaderPairs } from '@kubernode/rpc';
import type { StreamSink } from '../../pipeline/api-request.ts';
import { ArrivingBody, type BodyFault } from '../arriving-body.ts';
import type { BodyBudget } from '../body-budget.ts';
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
  /** Why the body is not taken; what else comes of it is dropped. */
  bodyFault: BodyFault | undefined;
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
  #body: ArrivingBody | undefined;
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

  get bodyBytes(): number { return this.#body?.length ?? 0; }

  /** Whether the request is still on its way: neither complete nor refused. */
  get isArriving(): boolean { return !this.isRequestComplete && this.bodyFault === undefined; }

  /** A piece of the body; when that is not taken, `bodyFault` says why. */
  addBody(piece: Buffer, { budget, isLast }: { budget: (head: RequestHead) => BodyBudget; isLast: boolean }): void {
    this.#body ??= new ArrivingBody(budget(this.head));
    this.bodyFault = this.#body.add(piece, isLast);
    if (this.bodyFault !== undefined) this.releaseBody();
  }

  /** The body, once; `none` for an empty one. Counts as held until `releaseBody`. */
  takeBody(none: Buffer): Buffer { return this.#body?.take() ?? none; }

  releaseBody(): void {
    this.#body?.release();
    this.#body = undefined;
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
    this.releaseBody();
    this.#onClose?.();
  }

  /** Listens once for all waits of a watch: adding and removing a listener costs more than sending an event. */
  #rejectOnAbort(signal: AbortSignal): void {
    if (this.#signal === signal) return;
    this.#signal = signal;
    signal.addEventListener('abort', () => { this.#waiter?.reject(abortError(signal)); this.#waiter = undefined; }, { once: true });
  }
}

import type { HeaderField } from './hpack/static-table.ts';
import { SendQueue } from './send-queue.ts';

/** How a stream ended. */
export interface StreamEnd {
  /** True when the other side has certainly not begun with what was asked. */
  isUntouched: boolean;
  /** Undefined when the other side said all it had to say. */
  error?: Error;
}

/** What a stream tells its owner. Must not throw. */
export interface StreamEvents {
  /** The head of the answer, or what follows its body. */
  onHeaders(fields: readonly HeaderField[]): void;
  /** A view of what arrived. It counts against the stream's window until `consumed` is called. */
  onData(piece: Buffer): void;
  /** Once, and nothing after it. */
  onEnd(end: StreamEnd): void;
}

/** What a stream asks of its connection. */
export interface ClientStreamHost {
  send(stream: ClientStream): void;
  cancel(stream: ClientStream): void;
  consumed(stream: ClientStream): void;
}

export interface ClientStreamInit { head: readonly Buffer[]; events: StreamEvents; host: ClientStreamHost; receiveWindow: number }

/**
 * One request on a client's connection.
 *
 *     waiting (no id, nothing has left) → open (head sent) → said (its end sent) → over
 */
export class ClientStream {
  /** 0 as long as the other side allows no more streams. */
  id = 0;
  /** The header block. */
  readonly head: readonly Buffer[];
  readonly events: StreamEvents;
  readonly queue: SendQueue = new SendQueue();
  sendWindow = 0;
  /** What the other side may still send. */
  receiveWindow: number;
  /** Taken by the owner and not yet told to the other side. */
  consumedBytes = 0;
  isSaid = false;
  isOver = false;
  readonly #host: ClientStreamHost;

  constructor({ head, events, host, receiveWindow }: ClientStreamInit) {
    this.head = head;
    this.events = events;
    this.#host = host;
    this.receiveWindow = receiveWindow;
  }

  write(bytes: Buffer): void { this.#say(bytes, false); }

  /** The last that is said. */
  end(bytes: Buffer): void { this.#say(bytes, true); }

  /** Takes the request back. The owner hears nothing more. */
  cancel(): void { if (!this.isOver) this.#host.cancel(this); }

  /** The owner is done with so much of what `onData` gave. */
  consumed(bytes: number): void {
    if (this.isOver) return;
    this.consumedBytes += bytes;
    this.#host.consumed(this);
  }

  #say(bytes: Buffer, isLast: boolean): void {
    if (this.isOver) return;
    this.queue.push([bytes]);
    this.isSaid = isLast;
    this.#host.send(this);
  }
}

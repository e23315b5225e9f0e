import type { FrameOutput } from './frame-output.ts';
import { Flag, FRAME_BYTES_MAX, FrameType, WINDOW_BYTES_DEFAULT } from './protocol.ts';
import type { SendQueue } from './send-queue.ts';

/** A stream as far as it sends. */
export interface SendingStream {
  readonly id: number;
  readonly queue: SendQueue;
  /** What its own reader still takes. */
  sendWindow: number;
  /** Nothing will be added to its queue. */
  readonly isSaid: boolean;
}

/** What one stream sends before others that wait have their turn. */
const SHARE_BYTES = 64 * 1024;

/** Lets the streams of one connection send in turn, as far as its window, theirs, and the room in its output allow. */
export class SendTurns<Stream extends SendingStream> {
  readonly #output: FrameOutput;
  /** Streams whose own window would let them send, in the order of their turns. */
  readonly #waiting = new Set<Stream>();
  #window: number = WINDOW_BYTES_DEFAULT;

  constructor(output: FrameOutput) { this.#output = output; }

  get window(): number { return this.#window; }

  widen(bytes: number): void { this.#window += bytes; }

  /** Puts a stream behind those that wait already, unless only its own reader can let it go on. */
  add(stream: Stream): void {
    if (stream.queue.bytes > 0 && stream.sendWindow > 0) this.#waiting.add(stream); else this.#waiting.delete(stream);
  }

  remove(stream: Stream): void { this.#waiting.delete(stream); }

  /** Everybody in turn, until nobody can send any more. */
  send(): void {
    for (const stream of this.#waiting) {
      if (this.#window <= 0 || !this.#output.hasRoom) return;
      this.#waiting.delete(stream);
      this.#sendShare(stream);
      this.add(stream);
    }
  }

  #sendShare(stream: Stream): void {
    const { queue } = stream;
    for (let share = SHARE_BYTES; share > 0 && this.#output.hasRoom;) {
      const length = Math.min(queue.bytes, FRAME_BYTES_MAX, stream.sendWindow, this.#window);
      if (length <= 0) return;
      this.#output.head(length, FrameType.data, stream.isSaid && length === queue.bytes ? Flag.endStream : 0, stream.id);
      queue.moveTo(this.#output, length);
      stream.sendWindow -= length;
      this.#window -= length;
      share -= length;
    }
  }
}

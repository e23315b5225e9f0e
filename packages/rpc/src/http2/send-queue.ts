import type { FrameOutput } from './frame-output.ts';

/** What a stream still has to send: shared buffers, copied only when they go out. */
export class SendQueue {
  #pieces: Buffer[] = [];
  /** Of the first piece this much is gone. */
  #offset = 0;
  #bytes = 0;

  get bytes(): number { return this.#bytes; }

  push(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
  }

  /** Writes the next `count` bytes, which are there, as payload. */
  moveTo(output: FrameOutput, count: number): void {
    let done = 0; // pieces that are gone
    for (let left = count; left > 0;) {
      const piece = this.#pieces[done] as Buffer; // bytes are left, so pieces are
      const end = Math.min(piece.length, this.#offset + left);
      output.bytes(piece, this.#offset, end);
      left -= end - this.#offset;
      this.#offset = end;
      if (end === piece.length) { done++; this.#offset = 0; }
    }
    this.#bytes -= count;
    if (this.#bytes === 0) this.#pieces = []; else if (done > 0) this.#pieces.splice(0, done);
  }
}

/** Before each message: not compressed, length. */
export const GRPC_FRAME_HEAD_BYTES = 5;

/** Where the message that begins at `at` ends; where its length is known, when that has not come yet. */
export function messageEnd(buffer: Buffer, at: number): number {
  return buffer.length - at < GRPC_FRAME_HEAD_BYTES ? at + GRPC_FRAME_HEAD_BYTES : at + GRPC_FRAME_HEAD_BYTES + buffer.readUInt32BE(at + 1);
}

/** Cuts what arrives on a stream into messages. Messages of one piece are views of it. */
export class MessageCutter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Fewer bytes make no message: large ones come in many pieces, and are joined once, not each time. */
  #wanted = GRPC_FRAME_HEAD_BYTES;

  /** Adds the messages that `piece` completes to `messages`. */
  take(piece: Buffer, messages: Buffer[]): void {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes < this.#wanted) return;
    const bytes = this.#pending.length === 1 ? piece : Buffer.concat(this.#pending);
    let at = 0;
    let end = messageEnd(bytes, 0);
    for (; end <= bytes.length && bytes.length - at >= GRPC_FRAME_HEAD_BYTES; end = messageEnd(bytes, at)) {
      messages.push(bytes.subarray(at + GRPC_FRAME_HEAD_BYTES, end));
      at = end;
    }
    this.#pending = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#pendingBytes = bytes.length - at;
    this.#wanted = end - at;
  }
}

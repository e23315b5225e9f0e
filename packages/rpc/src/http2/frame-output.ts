import type { Writable } from 'node:stream';
import { afterArrivals } from '@kubernode/base';
import { FRAME_HEAD_BYTES } from './protocol.ts';

/** Frames are put together in pieces of this size, four full TLS records. */
const CHUNK_BYTES = 64 * 1024;
/** What may wait for the client's side of the connection to read; beyond, streams keep what they have to say. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Chunks that are kept for the next connection that has something to say. */
const SPARE_CHUNKS_MAX = 32;

interface Piece { chunk: Buffer; length: number }

const spareChunks: Buffer[] = [];

/**
 * The frames of one connection on their way out. All that is said while the process handles what arrived goes out together: one buffer,
 * one TLS write, one system call for any number of answers and events. An idle connection holds no buffer: chunks go from one connection
 * to the next, since a TLS socket is done with what was written when it calls back.
 */
export class FrameOutput {
  readonly #socket: Writable;
  readonly #onRoom: () => void;
  #chunk: Buffer | undefined;
  #used = 0;
  /** Full or flushed, and not yet taken by the system. */
  #unsent = 0;
  /** Chunks behind the one that the socket has: what a TLS socket has to keep, it joins by copying all of it. */
  readonly #queued: Piece[] = [];
  #isWriting = false;
  #isFlushPlanned = false;

  /** `onRoom` is called when there is room again after there was none. */
  constructor(socket: Writable, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
  }

  /** False when the client reads too slowly for more. Frames that steer the protocol go out all the same. */
  get hasRoom(): boolean { return this.#unsent < UNSENT_BYTES_MAX; }

  /** True when even what steers the protocol piles up: the client takes nothing at all. */
  get isFlooded(): boolean { return this.#unsent >= 2 * UNSENT_BYTES_MAX; }

  /** A frame's head; its payload has to follow by `bytes`. */
  head(length: number, type: number, flags: number, streamId: number): void {
    const chunk = this.#reserve(FRAME_HEAD_BYTES);
    chunk.writeUIntBE(length, this.#used, 3);
    chunk[this.#used + 3] = type;
    chunk[this.#used + 4] = flags;
    chunk.writeUInt32BE(streamId, this.#used + 5);
    this.#used += FRAME_HEAD_BYTES;
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.head(payload.length, type, flags, streamId);
    this.bytes(payload, 0, payload.length);
  }

  /** Copies bytes of a payload. */
  bytes(source: Buffer, start: number, end: number): void {
    for (let from = start; from < end;) {
      const chunk = this.#reserve(1);
      const copied = source.copy(chunk, this.#used, from, end);
      this.#used += copied;
      from += copied;
    }
  }

  /** Hands over what was said so far, behind what waits already. */
  flush(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    const length = this.#used;
    this.#chunk = undefined;
    this.#used = 0;
    this.#unsent += length;
    this.#queued.push({ chunk, length });
    if (!this.#isWriting) this.#writeNext();
  }

  /** Hands everything to the socket, which is going to be ended. */
  finish(): void {
    this.flush();
    while (this.#queued.length > 0) this.#writeNext();
  }

  #writeNext(): void {
    const piece = this.#queued.shift();
    this.#isWriting = piece !== undefined;
    if (piece === undefined) return;
    const { chunk, length } = piece;
    this.#socket.write(length === CHUNK_BYTES ? chunk : chunk.subarray(0, length), () => { this.#sent(piece); });
  }

  #sent({ chunk, length }: Piece): void {
    if (spareChunks.length < SPARE_CHUNKS_MAX) spareChunks.push(chunk);
    const hadRoom = this.hasRoom;
    this.#unsent -= length;
    this.#writeNext();
    if (!hadRoom && this.hasRoom) this.#onRoom();
  }

  /** A chunk with room for at least `bytes`, which are few. */
  #reserve(bytes: number): Buffer {
    if (this.#chunk !== undefined && this.#used + bytes > CHUNK_BYTES) this.flush();
    if (this.#chunk !== undefined) return this.#chunk;
    this.#chunk = spareChunks.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      afterArrivals(() => { this.#isFlushPlanned = false; this.flush(); });
    }
    return this.#chunk;
  }
}

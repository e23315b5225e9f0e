import { ConnectionError, ErrorCode, FRAME_BYTES_MAX, FRAME_HEAD_BYTES } from './protocol.ts';

/** One frame; `payload` is a view of what arrived. */
export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void;

const NOTHING = Buffer.alloc(0);

/** Cuts what arrives on a connection into frames. Holds at most one incomplete frame. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #rest: Buffer = NOTHING;
  readonly #preface: Buffer;
  #sawPreface: boolean;

  /** `preface` comes before the frames of a client. */
  constructor(onFrame: OnFrame, preface: Buffer = NOTHING) {
    this.#onFrame = onFrame;
    this.#preface = preface;
    this.#sawPreface = preface.length === 0;
  }

  /** False until the client has shown that it speaks HTTP/2. */
  get sawPreface(): boolean { return this.#sawPreface; }

  /** Throws ConnectionError, also what `onFrame` throws. */
  read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#sawPreface) {
      const length = Math.min(bytes.length, this.#preface.length);
      if (bytes.compare(this.#preface, 0, length, 0, length) !== 0) throw new ConnectionError(ErrorCode.protocolError, 'no HTTP/2 preface');
      if (length < this.#preface.length) { this.#rest = bytes; return; }
      this.#sawPreface = true;
      at = this.#preface.length;
    }
    while (bytes.length - at >= FRAME_HEAD_BYTES) {
      const length = bytes.readUIntBE(at, 3);
      if (length > FRAME_BYTES_MAX) throw new ConnectionError(ErrorCode.frameSizeError, 'a frame larger than the settings allow');
      const end = at + FRAME_HEAD_BYTES + length;
      if (end > bytes.length) break;
      this.#onFrame(bytes[at + 3] as number, bytes[at + 4] as number, bytes.readUInt32BE(at + 5) & 0x7fffffff, bytes.subarray(at + FRAME_HEAD_BYTES, end)); // the head is there
      at = end;
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
  }
}

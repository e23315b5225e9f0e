/**
 * The frames of SPDY/3.1 that the runtime's streaming server needs of a client. Header blocks are sent as stored deflate blocks, which
 * any inflater reads, so that there is neither dictionary nor compressor; header blocks that come are not looked into.
 *
 *     control  1 version(15) type(16) | flags(8) length(24) | payload
 *     data     0 stream(31)           | flags(8) length(24) | payload
 */
export type SpdyFrame =
  /** Of a long frame each piece as it comes; `fin` with the last. */
  | { kind: 'data'; stream: number; fin: boolean; payload: Buffer }
  | { kind: 'reply'; stream: number; fin: boolean }
  | { kind: 'reset'; stream: number }
  | { kind: 'ping'; payload: Buffer }
  | { kind: 'goaway' }
  | { kind: 'other' };

/** The other side does not speak SPDY/3.1: the connection is of no use any more. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
}

const HEADER_BYTES = 8;
const FLAG_FIN = 1;
const CONTROL = 0x80;
const VERSION = 3;
const TYPES = { synStream: 1, synReply: 2, reset: 3, ping: 6, goaway: 7 } as const;
/** No control frame of an honest server is longer. */
const CONTROL_BYTES_MAX = 64 * 1024;
/** Longer payloads are sent as several frames, so that other streams get their turn. */
const DATA_BYTES_MAX = 32 * 1024;
const STREAM_MASK = 0x7f_ff_ff_ff;
const STORED_MAX = 0xff_ff;
const ZLIB_HEADER = Buffer.from([0x78, 0x01]);
/** An empty stored block: tells an inflater to hand over what it has. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Splits bytes as they arrive into frames. Keeps at most one control frame. */
export class SpdyDecoder {
  /** A frame that is not whole: less than a header, or of a control frame. */
  #rest: Buffer = Buffer.alloc(0);
  /** The data frame whose payload comes now. */
  #data: { stream: number; fin: boolean; left: number } | undefined;

  /** Throws SpdyError for what is no SPDY. */
  *push(chunk: Buffer): Generator<SpdyFrame> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    for (;;) {
      if (this.#data !== undefined) {
        const payload = bytes.subarray(0, this.#data.left);
        bytes = bytes.subarray(payload.length);
        const { stream, fin, left } = this.#data;
        const isLast = payload.length === left;
        this.#data = isLast ? undefined : { stream, fin, left: left - payload.length };
        if (isLast || payload.length > 0) yield { kind: 'data', stream, fin: fin && isLast, payload };
        if (!isLast) return;
      }
      const frame = this.#begin(bytes);
      if (frame === undefined) return;
      bytes = bytes.subarray(frame.length);
      if (frame.control !== undefined) yield frame.control;
    }
  }

  /** Takes a control frame, or the header of a data frame; undefined while not all of it is there. */
  #begin(bytes: Buffer): { length: number; control?: SpdyFrame } | undefined {
    const length = bytes.length < HEADER_BYTES ? undefined : bytes.readUIntBE(5, 3);
    const isControl = ((bytes[0] ?? 0) & CONTROL) !== 0;
    if (length !== undefined && !isControl) {
      this.#data = { stream: bytes.readUInt32BE(0), fin: ((bytes[4] ?? 0) & FLAG_FIN) !== 0, left: length };
      return { length: HEADER_BYTES };
    }
    if (length !== undefined && length > CONTROL_BYTES_MAX) throw new SpdyError(`a control frame of ${length} bytes`);
    if (length === undefined || bytes.length < HEADER_BYTES + length) { this.#rest = Buffer.from(bytes); return undefined; } // a copy: chunks are not ours to keep
    return { length: HEADER_BYTES + length, control: control(bytes.subarray(0, HEADER_BYTES + length)) };
  }
}

function control(frame: Buffer): SpdyFrame {
  if ((frame.readUInt16BE(0) & ~(CONTROL << 8)) !== VERSION) throw new SpdyError('a frame of another version');
  const fin = ((frame[4] ?? 0) & FLAG_FIN) !== 0;
  const payload = frame.subarray(HEADER_BYTES);
  const stream = (): number => {
    if (payload.length < 4) throw new SpdyError('a frame that names no stream');
    return payload.readUInt32BE(0) & STREAM_MASK;
  };
  switch (frame.readUInt16BE(2)) {
    case TYPES.synReply: return { kind: 'reply', stream: stream(), fin };
    case TYPES.reset: return { kind: 'reset', stream: stream() };
    case TYPES.ping: return { kind: 'ping', payload: Buffer.from(payload) };
    case TYPES.goaway: return { kind: 'goaway' };
    default: return { kind: 'other' };
  }
}

export function encodeData(stream: number, payload: Buffer, { fin = false }: { fin?: boolean } = {}): Buffer {
  const frames: Buffer[] = [];
  let at = 0;
  do {
    const piece = payload.subarray(at, at + DATA_BYTES_MAX);
    at += piece.length;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(stream, 0);
    header[4] = fin && at >= payload.length ? FLAG_FIN : 0;
    header.writeUIntBE(piece.length, 5, 3);
    frames.push(header, piece);
  } while (at < payload.length);
  return Buffer.concat(frames);
}

/** `isFirst` begins the connection's one deflate stream. */
export function encodeSynStream(stream: number, headers: Readonly<Record<string, string>>, { isFirst }: { isFirst: boolean }): Buffer {
  const ids = Buffer.alloc(10); // stream, associated stream, priority and slot
  ids.writeUInt32BE(stream, 0);
  return encodeControl(TYPES.synStream, Buffer.concat([ids, headerBlock(headers, isFirst)]));
}

/** Answers a ping with its own payload. */
export function encodePing(payload: Buffer): Buffer { return encodeControl(TYPES.ping, payload); }

function encodeControl(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE((CONTROL << 8) | VERSION, 0);
  header.writeUInt16BE(type, 2);
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}

function headerBlock(headers: Readonly<Record<string, string>>, isFirst: boolean): Buffer {
  const entries = Object.entries(headers);
  const text = (value: string): Buffer[] => [uint32(Buffer.byteLength(value)), Buffer.from(value)];
  const block = Buffer.concat([uint32(entries.length), ...entries.flatMap(([name, value]) => [...text(name.toLowerCase()), ...text(value)])]);
  const stored = Buffer.alloc(5); // not the last block, stored, length and its complement
  stored.writeUInt16LE(block.length, 1);
  stored.writeUInt16LE(block.length ^ STORED_MAX, 3);
  return Buffer.concat([...(isFirst ? [ZLIB_HEADER] : []), stored, block, FLUSH]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value, 0);
  return buffer;
}

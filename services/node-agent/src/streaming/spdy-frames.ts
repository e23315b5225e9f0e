/**
 * The frames of SPDY/3.1 that the runtime's streaming server needs of a client. Header blocks are sent as stored deflate blocks, which
 * any inflater reads, so that there is neither dictionary nor compressor; header blocks that come are not looked into.
 *
 *     control  1 version(15) type(16) | flags(8) length(24) | payload
 *     data     0 stream(31)           | flags(8) length(24) | payload
 */
export type SpdyFrame =
  | { kind: 'data'; stream: number; fin: boolean; payload: Buffer }
  | { kind: 'reply'; stream: number; fin: boolean }
  | { kind: 'reset'; stream: number }
  | { kind: 'ping'; payload: Buffer }
  | { kind: 'goaway' }
  | { kind: 'other' };

const HEADER_BYTES = 8;
const FLAG_FIN = 1;
const CONTROL = 0x80;
const VERSION = 3;
const TYPES = { synStream: 1, synReply: 2, reset: 3, ping: 6, goaway: 7 } as const;
/** A length field's room; the server sends at most 32 KiB at once. */
const PAYLOAD_MAX = 0xff_ff_ff;
const STORED_MAX = 0xff_ff;
const ZLIB_HEADER = Buffer.from([0x78, 0x01]);
/** An empty stored block: tells an inflater to hand over what it has. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Splits bytes as they arrive into frames; the last, incomplete one waits for more. */
export class SpdyDecoder {
  #rest: Buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<SpdyFrame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUIntBE(5, 3);
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      yield decode(frame);
    }
  }
}

function decode(frame: Buffer): SpdyFrame {
  const fin = ((frame[4] ?? 0) & FLAG_FIN) !== 0;
  const payload = frame.subarray(HEADER_BYTES);
  if (((frame[0] ?? 0) & CONTROL) === 0) return { kind: 'data', stream: frame.readUInt32BE(0), fin, payload };
  switch (frame.readUInt16BE(2)) {
    case TYPES.synReply: return { kind: 'reply', stream: payload.readUInt32BE(0), fin };
    case TYPES.reset: return { kind: 'reset', stream: payload.readUInt32BE(0) };
    case TYPES.ping: return { kind: 'ping', payload };
    case TYPES.goaway: return { kind: 'goaway' };
    default: return { kind: 'other' };
  }
}

export function encodeData(stream: number, payload: Buffer, { fin = false }: { fin?: boolean } = {}): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(stream, 0);
  header[4] = fin ? FLAG_FIN : 0;
  header.writeUIntBE(Math.min(payload.length, PAYLOAD_MAX), 5, 3);
  return Buffer.concat([header, payload]);
}

/** `isFirst` begins the connection's one deflate stream. */
export function encodeSynStream(stream: number, headers: Readonly<Record<string, string>>, { isFirst }: { isFirst: boolean }): Buffer {
  const ids = Buffer.alloc(10); // stream, associated stream, priority and slot
  ids.writeUInt32BE(stream, 0);
  return control(TYPES.synStream, Buffer.concat([ids, headerBlock(headers, isFirst)]));
}

/** Answers a ping with its own payload. */
export function encodePing(payload: Buffer): Buffer { return control(TYPES.ping, payload); }

function control(type: number, payload: Buffer): Buffer {
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

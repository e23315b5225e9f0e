import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ApiRequest, StreamAnswer, StreamSink, UpgradeAnswer } from './api-request.ts';
import { drained } from './drained.ts';

/** What RFC 6455 puts behind a client's key. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FINAL = 0x80;
const MASKED = 0x80;
const CONTROL_BYTES_MAX = 125;
const CLOSE_NORMALLY = Buffer.from([0x03, 0xe8]); // 1000

/** The client wants what the path streams as messages: browsers have no other way to read a stream with headers of their own. */
export function asksForWebSocket({ transport, headers }: Pick<ApiRequest, 'transport' | 'headers'>): boolean {
  return transport === 'https' && headers['upgrade']?.toLowerCase() === 'websocket' && headers['sec-websocket-key'] !== undefined;
}

export interface WebSocketOptions {
  /** One piece of the stream as one message; text or bytes. */
  message: (piece: Buffer) => Buffer;
  text: boolean;
  protocol?: string | undefined;
}

/** A stream as WebSocket messages, one for each piece. What the client sends is read for its end and its pings alone. */
export function overWebSocket({ headers }: Pick<ApiRequest, 'headers'>, answer: StreamAnswer, { message, text, protocol }: WebSocketOptions): UpgradeAnswer {
  const accepted = createHash('sha1').update(`${headers['sec-websocket-key'] ?? ''}${HANDSHAKE_GUID}`).digest('base64');
  return {
    kind: 'upgrade',
    accept(socket, head) {
      const ended = new AbortController();
      const end = (): void => { ended.abort(); };
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n${protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`);
      const reader = new FrameReader(socket, end);
      if (head.length > 0) reader.take(head);
      socket.on('data', (chunk: Buffer) => { reader.take(chunk); });
      socket.on('error', end);
      socket.on('close', end);
      const sink: StreamSink = {
        write: (pieces) => pieces.reduce((_ready, piece) => socket.write(frame(text ? TEXT : BINARY, message(piece))), true),
        drained: (signal) => drained(socket, signal),
      };
      void answer.write(sink, ended.signal).catch(() => undefined).then(() => { // whatever ended it, the client sees the end
        if (socket.writable) socket.end(frame(CLOSE, CLOSE_NORMALLY));
      });
    },
  };
}

/** A server's frame: whole, and not masked. */
export function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.from([FINAL | opcode, length]) : Buffer.alloc(length < 0x1_0000 ? 4 : 10);
  if (length >= 126) {
    head[0] = FINAL | opcode;
    head[1] = length < 0x1_0000 ? 126 : 127;
    if (length < 0x1_0000) head.writeUInt16BE(length, 2);
    else head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** Finds closings and pings among a client's frames; other payloads are skipped as they come, so memory is bounded by a frame's head. */
export class FrameReader {
  readonly #socket: Pick<Duplex, 'write'>;
  readonly #onEnd: () => void;
  #pending: Buffer = Buffer.alloc(0);
  #skip = 0n;

  constructor(socket: Pick<Duplex, 'write'>, onEnd: () => void) {
    this.#socket = socket;
    this.#onEnd = onEnd;
  }

  take(chunk: Buffer): void {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const skipped = this.#skip < BigInt(rest.length) ? Number(this.#skip) : rest.length;
      this.#skip -= BigInt(skipped);
      rest = rest.subarray(skipped);
      const head = readHead(rest);
      if (head === undefined) break;
      if (head.opcode === CLOSE) { this.#onEnd(); return; }
      if (head.opcode !== PING) { this.#skip = BigInt(head.bytes) + head.length; continue; }
      if (head.length > BigInt(CONTROL_BYTES_MAX)) { this.#onEnd(); return; } // no ping is that long
      const end = head.bytes + Number(head.length);
      if (rest.length < end) break;
      this.#socket.write(frame(PONG, unmasked(rest.subarray(head.bytes, end), head.mask)));
      rest = rest.subarray(end);
    }
    this.#pending = rest;
  }
}

interface FrameHead { opcode: number; bytes: number; length: bigint; mask: Buffer | undefined }

/** undefined when the head is not there yet. */
function readHead(bytes: Buffer): FrameHead | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & ~MASKED;
  const masked = (bytes.readUInt8(1) & MASKED) !== 0;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const head = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < head) return undefined;
  const length = lengthBytes === 0 ? BigInt(short) : lengthBytes === 2 ? BigInt(bytes.readUInt16BE(2)) : bytes.readBigUInt64BE(2);
  return { opcode: bytes.readUInt8(0) & 0x0f, bytes: head, length, mask: masked ? bytes.subarray(head - 4, head) : undefined };
}

function unmasked(payload: Buffer, mask: Buffer | undefined): Buffer {
  return mask === undefined ? payload : Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

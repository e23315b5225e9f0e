import type { Duplex } from 'node:stream';
import {
  ConnectionError, encodeHeaders, ErrorCode, Flag, FRAME_BYTES_MAX, FrameOutput, FrameReader, FrameType, HeaderBlockError, HeaderDecoder, PREFACE, Setting, settingsPayload,
  TABLE_BYTES_DEFAULT, uint32, unpadded, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX, type HeaderList, type HeaderPairs,
} from '@kubernode/rpc';
import type { BodyBudget } from '../body-budget.ts';
import { Http2Stream, type StreamHost } from './http2-stream.ts';
import { requestHead, type RequestHead } from './request-head.ts';

export interface Http2ConnectionOptions {
  socket: Duplex;
  /** What the body of a request may hold, together with others. */
  bodies: (head: RequestHead) => BodyBudget;
  headerBytesMax: number;
  /** The head and the whole body of a request have arrived (or more of it than is taken: `bodyFault`). Must not throw. */
  onRequest: (stream: Http2Stream) => void;
}

/** Requests and watches under way on one connection. Clients open another one beyond. */
export const STREAMS_MAX = 1_000;
/** What a client may send of one body, and of all of a connection, before it hears that the server has taken it. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Frames that one header block may come in. */
const HEADER_FRAMES_MAX = 128;
/** What one stream sends before others that wait have their turn. */
const SHARE_BYTES = 64 * 1024;
/** Requests that ended by the client's doing before they were answered, less those that were answered: beyond, it is an attack. */
const TAKEN_BACK_MAX = 1_000;
/** Frames between two looks that make work and carry nothing: beyond, it is an attack. */
const IDLE_FRAMES_MAX = 10_000;
/** `isIdle` has to be true this often in a row for `closeIfIdle` to close. */
const IDLE_LOOKS_MAX = 9;
/** Looks that a request may take to arrive. */
const ARRIVING_LOOKS_MAX = 6;

const NOTHING = Buffer.alloc(0);

/**
 * The server's side of one HTTP/2 connection (RFC 9113), with all that API clients use of it: many requests at once, flow control both
 * ways, pings, graceful shutdown. Not: priorities, pushes, CONNECT. Written for this server because node:http2 spends more time on a
 * request than everything else together: here a request is a small object, and all answers of a moment leave in one write.
 */
export class Http2Connection implements StreamHost {
  readonly #options: Http2ConnectionOptions;
  readonly #reader: FrameReader;
  readonly #output: FrameOutput;
  readonly #headers: HeaderDecoder;
  readonly #streams = new Map<number, Http2Stream>();
  /** Streams whose own window would let them send, in the order of their turns. */
  readonly #waiting = new Set<Http2Stream>();
  /** The header block that CONTINUATION frames still belong to. */
  #block: { streamId: number; flags: number; pieces: Buffer[]; bytes: number } | undefined;
  #lastStreamId = 0;
  #sendWindow: number = WINDOW_BYTES_DEFAULT;
  #streamSendWindow: number = WINDOW_BYTES_DEFAULT;
  #receiveWindow: number = CONNECTION_WINDOW_BYTES;
  /** The client's table is smaller than HPACK's default, and the next block has to say that it is not used. */
  #announceEmptyTable = false;
  #sawSettings = false;
  #takenBack = 0;
  #idleFrames = 0;
  #idleLooks = 0;
  #isClosing = false;
  #isOver = false;

  constructor(options: Http2ConnectionOptions) {
    this.#options = options;
    this.#reader = new FrameReader((type, flags, streamId, payload) => this.#frame(type, flags, streamId, payload), PREFACE);
    this.#output = new FrameOutput(options.socket, () => this.#roomAgain());
    this.#headers = new HeaderDecoder({ listBytesMax: options.headerBytesMax });
  }

  get streams(): number { return this.#streams.size; }

  /** Requests that have begun to arrive, and answers that the client has not taken yet. */
  get underWay(): number {
    let count = 0;
    for (const stream of this.#streams.values()) if (stream.isArriving || stream.isAnswerEnded) count++;
    return count;
  }

  /** Says hello and takes what the client sends until the connection ends. */
  start(): void {
    const { socket, headerBytesMax } = this.#options;
    this.#output.frame(FrameType.settings, 0, 0, settingsPayload([[Setting.maxConcurrentStreams, STREAMS_MAX], [Setting.initialWindowSize, STREAM_WINDOW_BYTES], [Setting.maxHeaderListSize, headerBytesMax]]));
    this.#output.frame(FrameType.windowUpdate, 0, 0, uint32(CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT));
    socket.on('data', (chunk: Buffer) => this.#arrived(chunk));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => this.#over());
  }

  /** Takes no new requests; the connection ends when those under way are answered. */
  shutDown(): void {
    if (this.#isClosing || this.#isOver) return;
    this.#isClosing = true;
    this.#sayGoodbye(ErrorCode.noError);
    this.#endIfDone();
  }

  /** To be called now and then: closes a connection that has been without a request for long, or never showed that it speaks HTTP/2; takes no more of requests that arrive too slowly. */
  closeIfIdle(): void {
    this.#idleFrames = 0;
    for (const stream of this.#streams.values()) if (!stream.isRequestComplete && ++stream.arrivingLooks > ARRIVING_LOOKS_MAX) this.#reset(stream, ErrorCode.cancel);
    this.#idleLooks = this.#streams.size > 0 ? 0 : this.#idleLooks + 1;
    if (this.#idleLooks >= (this.#reader.sawPreface ? IDLE_LOOKS_MAX : 3)) this.shutDown();
  }

  destroy(): void { this.#options.socket.destroy(); }

  sendHeaders(stream: Http2Stream, status: number, headers: HeaderPairs, isLast: boolean): void {
    const block = encodeHeaders(status, headers, { emptyTable: this.#announceEmptyTable });
    this.#announceEmptyTable = false;
    for (let at = 0; at === 0 || at < block.length; at += FRAME_BYTES_MAX) {
      const piece = block.subarray(at, at + FRAME_BYTES_MAX);
      const flags = (at === 0 && isLast ? Flag.endStream : 0) | (at + piece.length === block.length ? Flag.endHeaders : 0);
      this.#output.frame(at === 0 ? FrameType.headers : FrameType.continuation, flags, stream.id, piece);
    }
    if (status >= 200) stream.hasAnswered = true;
    if (isLast) this.#answered(stream);
  }

  sendData(stream: Http2Stream): void {
    if (stream.queue.bytes === 0) {
      if (!stream.isAnswerEnded) return;
      this.#output.head(0, FrameType.data, Flag.endStream, stream.id);
      this.#answered(stream);
    } else {
      this.#wait(stream);
      this.#sendWaiting();
    }
  }

  reset(stream: Http2Stream): void { this.#reset(stream, ErrorCode.internalError); }

  #arrived(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (error instanceof ConnectionError) this.#fail(error.code);
      else if (error instanceof HeaderBlockError) this.#fail(ErrorCode.compressionError);
      else throw error;
    }
    if (this.#output.isFlooded) this.#options.socket.pause(); // a client that asks and asks and reads nothing
  }

  #roomAgain(): void {
    if (this.#options.socket.isPaused()) this.#options.socket.resume();
    this.#sendWaiting();
  }

  #frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#isOver) return;
    if (this.#block !== undefined && (type !== FrameType.continuation || streamId !== this.#block.streamId)) throw new ConnectionError(ErrorCode.protocolError, 'a header block was interrupted');
    if (!this.#sawSettings && type !== FrameType.settings) throw new ConnectionError(ErrorCode.protocolError, 'the settings have to come first');
    switch (type) {
      case FrameType.data: this.#onData(flags, streamId, payload); return;
      case FrameType.headers: this.#onHeaders(flags, streamId, payload); return;
      case FrameType.priority: checkLength(payload, 5); this.#countIdleFrame(); return; // nobody is served before others
      case FrameType.rstStream: this.#onReset(streamId, payload); return;
      case FrameType.settings: this.#onSettings(flags, streamId, payload); return;
      case FrameType.pushPromise: throw new ConnectionError(ErrorCode.protocolError, 'clients cannot push');
      case FrameType.ping: this.#onPing(flags, streamId, payload); return;
      case FrameType.goaway: return; // the client opens no more streams
      case FrameType.windowUpdate: this.#onWindowUpdate(streamId, payload); return;
      case FrameType.continuation: this.#onContinuation(flags, payload); return;
      default: return; // extensions that are not known are to be ignored
    }
  }

  #countIdleFrame(): void {
    if (++this.#idleFrames > IDLE_FRAMES_MAX) throw new ConnectionError(ErrorCode.enhanceYourCalm, 'frames that carry nothing');
  }

  #onHeaders(flags: number, streamId: number, payload: Buffer): void {
    if (streamId % 2 === 0) throw new ConnectionError(ErrorCode.protocolError, 'a stream of a client has an odd number');
    const fragment = unpadded(flags, payload, flags & Flag.priority ? 5 : 0);
    if (flags & Flag.endHeaders) this.#onHeaderBlock(flags, streamId, fragment);
    else this.#block = { streamId, flags, pieces: [fragment], bytes: fragment.length };
  }

  #onContinuation(flags: number, payload: Buffer): void {
    const block = this.#block;
    if (block === undefined) throw new ConnectionError(ErrorCode.protocolError, 'nothing to continue');
    block.pieces.push(payload);
    block.bytes += payload.length;
    if (block.bytes > this.#options.headerBytesMax || block.pieces.length > HEADER_FRAMES_MAX) throw new ConnectionError(ErrorCode.enhanceYourCalm, 'a header block without end');
    if (!(flags & Flag.endHeaders)) return;
    this.#block = undefined;
    this.#onHeaderBlock(block.flags, block.streamId, Buffer.concat(block.pieces));
  }

  /** A request's head, or trailers, which mean nothing here but the end of the body. Every block is read: later ones refer to it. */
  #onHeaderBlock(flags: number, streamId: number, block: Buffer): void {
    const list = this.#headers.decode(block);
    const isLast = (flags & Flag.endStream) !== 0;
    const open = this.#streams.get(streamId);
    if (open !== undefined) {
      if (open.isRequestComplete || !isLast) this.#fault(open, open.isRequestComplete ? ErrorCode.streamClosed : ErrorCode.protocolError);
      else this.#completed(open);
      return;
    }
    if (streamId <= this.#lastStreamId) return; // of a stream that was reset meanwhile
    if (this.#isClosing) return; // the goodbye said that it would not be taken
    this.#lastStreamId = streamId;
    if (this.#streams.size >= STREAMS_MAX) { this.#sayReset(streamId, ErrorCode.refusedStream); return; }
    this.#openStream(streamId, list, isLast);
  }

  #openStream(id: number, list: HeaderList, isLast: boolean): void {
    const head = list.isValid ? requestHead(list.fields) : undefined;
    if (head === undefined && !list.isTooLarge) { this.#sayReset(id, ErrorCode.protocolError); return; }
    const stream = new Http2Stream({ id, head: head ?? NO_HEAD, host: this, sendWindow: this.#streamSendWindow, receiveWindow: STREAM_WINDOW_BYTES });
    this.#streams.set(id, stream);
    stream.isRequestComplete = isLast;
    if (list.isTooLarge) { stream.respond(431, [], [NOTHING]); return; }
    if (stream.head.headers['expect'] === '100-continue' && !isLast) this.sendHeaders(stream, 100, [], false);
    if (isLast) this.#completed(stream);
  }

  #onData(flags: number, streamId: number, payload: Buffer): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined && (streamId > this.#lastStreamId || streamId === 0)) throw new ConnectionError(ErrorCode.protocolError, 'data for a stream that was never opened');
    this.#receiveWindow -= payload.length;
    if (this.#receiveWindow < 0) throw new ConnectionError(ErrorCode.flowControlError, 'more data than allowed');
    if (this.#receiveWindow < CONNECTION_WINDOW_BYTES / 2) {
      this.#output.frame(FrameType.windowUpdate, 0, 0, uint32(CONNECTION_WINDOW_BYTES - this.#receiveWindow));
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
    }
    const piece = unpadded(flags, payload, 0);
    const isLast = (flags & Flag.endStream) !== 0;
    if (piece.length === 0 && !isLast) this.#countIdleFrame();
    if (stream === undefined) return; // it was reset meanwhile
    if (stream.isRequestComplete) { this.#fault(stream, ErrorCode.streamClosed); return; }
    stream.receiveWindow -= payload.length;
    if (stream.receiveWindow < 0) { this.#fault(stream, ErrorCode.flowControlError); return; }
    this.#takeBody(stream, piece, isLast);
  }

  #takeBody(stream: Http2Stream, piece: Buffer, isLast: boolean): void {
    if (stream.bodyFault !== undefined) { if (isLast) stream.isRequestComplete = true; return; }
    if (piece.length > 0) stream.addBody(piece, { budget: this.#options.bodies, isLast });
    if (stream.bodyFault !== undefined) {
      stream.isRequestComplete = isLast;
      this.#options.onRequest(stream);
    } else if (isLast) this.#completed(stream);
    else if (stream.receiveWindow < STREAM_WINDOW_BYTES / 2) {
      this.#output.frame(FrameType.windowUpdate, 0, stream.id, uint32(STREAM_WINDOW_BYTES - stream.receiveWindow));
      stream.receiveWindow = STREAM_WINDOW_BYTES;
    }
  }

  #completed(stream: Http2Stream): void {
    stream.isRequestComplete = true;
    const announced = stream.head.headers['content-length'];
    if (stream.bodyFault !== undefined) return;
    if (announced !== undefined && Number(announced) !== stream.bodyBytes) { this.#fault(stream, ErrorCode.protocolError); return; }
    this.#options.onRequest(stream);
  }

  #onReset(streamId: number, payload: Buffer): void {
    checkLength(payload, 4);
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      if (streamId === 0 || streamId > this.#lastStreamId) throw new ConnectionError(ErrorCode.protocolError, 'a reset of a stream that was never opened');
      return;
    }
    this.#takeBack(stream);
    this.#forget(stream);
  }

  #onSettings(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new ConnectionError(ErrorCode.protocolError, 'settings are for the whole connection');
    this.#countIdleFrame();
    this.#sawSettings = true;
    if (flags & Flag.ack) { checkLength(payload, 0); return; }
    if (payload.length % 6 !== 0) throw new ConnectionError(ErrorCode.frameSizeError, 'settings have six bytes each');
    let window = this.#streamSendWindow;
    for (let at = 0; at < payload.length; at += 6) {
      const [setting, value] = [payload.readUInt16BE(at), payload.readUInt32BE(at + 2)];
      this.#apply(setting, value);
      if (setting === Setting.initialWindowSize) window = value;
    }
    if (window !== this.#streamSendWindow) this.#resizeWindows(window);
    this.#output.frame(FrameType.settings, Flag.ack, 0, NOTHING);
    this.#sendWaiting();
  }

  #apply(setting: number, value: number): void {
    if (setting === Setting.headerTableSize && value < TABLE_BYTES_DEFAULT) this.#announceEmptyTable = true;
    if (setting === Setting.maxFrameSize && (value < FRAME_BYTES_MAX || value > 2 ** 24 - 1)) throw new ConnectionError(ErrorCode.protocolError, 'no size for frames');
    if (setting === Setting.initialWindowSize && value > WINDOW_BYTES_MAX) throw new ConnectionError(ErrorCode.flowControlError, 'no size for a window');
  }

  /** Once a frame, however often it names the size: every stream is touched. */
  #resizeWindows(size: number): void {
    const change = size - this.#streamSendWindow;
    this.#streamSendWindow = size;
    for (const stream of this.#streams.values()) this.#widen(stream, change);
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new ConnectionError(ErrorCode.protocolError, 'pings are for the whole connection');
    checkLength(payload, 8);
    this.#countIdleFrame();
    if (!(flags & Flag.ack)) this.#output.frame(FrameType.ping, Flag.ack, 0, payload);
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    checkLength(payload, 4);
    const change = payload.readUInt32BE(0) & 0x7fffffff;
    if (streamId === 0) {
      this.#sendWindow += change;
      if (change === 0 || this.#sendWindow > WINDOW_BYTES_MAX) throw new ConnectionError(change === 0 ? ErrorCode.protocolError : ErrorCode.flowControlError, 'no change of a window');
      this.#sendWaiting();
      return;
    }
    if (streamId > this.#lastStreamId) throw new ConnectionError(ErrorCode.protocolError, 'a window of a stream that was never opened');
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    if (change === 0) { this.#fault(stream, ErrorCode.protocolError); return; }
    this.#widen(stream, change);
    this.#sendWaiting();
  }

  #widen(stream: Http2Stream, change: number): void {
    stream.sendWindow += change;
    if (stream.sendWindow > WINDOW_BYTES_MAX) { this.#fault(stream, ErrorCode.flowControlError); return; }
    if (stream.queue.bytes > 0) this.#wait(stream);
  }

  /** Puts a stream behind those that wait already, unless only its own client can let it go on. */
  #wait(stream: Http2Stream): void {
    if (stream.sendWindow > 0) this.#waiting.add(stream); else this.#waiting.delete(stream);
  }

  /** Everybody in turn, until nobody can send any more. */
  #sendWaiting(): void {
    for (const stream of this.#waiting) {
      if (this.#sendWindow <= 0 || !this.#output.hasRoom) return;
      this.#waiting.delete(stream);
      this.#sendShare(stream);
    }
  }

  #sendShare(stream: Http2Stream): void {
    const { queue } = stream;
    for (let share = SHARE_BYTES; share > 0 && this.#output.hasRoom;) {
      const length = Math.min(queue.bytes, FRAME_BYTES_MAX, stream.sendWindow, this.#sendWindow);
      if (length <= 0) break;
      const isLast = stream.isAnswerEnded && length === queue.bytes;
      this.#output.head(length, FrameType.data, isLast ? Flag.endStream : 0, stream.id);
      queue.moveTo(this.#output, length);
      stream.sendWindow -= length;
      this.#sendWindow -= length;
      share -= length;
      if (isLast) { this.#answered(stream); return; }
    }
    if (queue.bytes === 0) stream.queueDrained(); else this.#wait(stream);
  }

  /** The answer is out. A client that still sends its body is told that nobody wants it. */
  #answered(stream: Http2Stream): void {
    if (this.#takenBack > 0) this.#takenBack--;
    if (!stream.isRequestComplete) this.#sayReset(stream.id, ErrorCode.noError);
    this.#forget(stream);
  }

  /** A request ends unanswered because the client reset it, or made the server do so, while what it asked for may still be under way. */
  #takeBack(stream: Http2Stream): void {
    if (!stream.hasAnswered && ++this.#takenBack > TAKEN_BACK_MAX) throw new ConnectionError(ErrorCode.enhanceYourCalm, 'requests are taken back as fast as they come');
  }

  #fault(stream: Http2Stream, code: ErrorCode): void {
    this.#takeBack(stream);
    this.#reset(stream, code);
  }

  #reset(stream: Http2Stream, code: ErrorCode): void {
    this.#sayReset(stream.id, code);
    this.#forget(stream);
  }

  #forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
    stream.closed();
    this.#endIfDone();
  }

  #sayReset(streamId: number, code: ErrorCode): void { this.#output.frame(FrameType.rstStream, 0, streamId, uint32(code)); }

  #sayGoodbye(code: ErrorCode): void { this.#output.frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(this.#lastStreamId), uint32(code)])); }

  #fail(code: ErrorCode): void {
    this.#sayGoodbye(code);
    this.#end();
  }

  #endIfDone(): void { if (this.#isClosing && this.#streams.size === 0) this.#end(); }

  #end(): void {
    const { socket } = this.#options;
    this.#output.finish();
    this.#over();
    socket.end(() => socket.destroy());
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of [...this.#streams.values()]) stream.closed();
    this.#streams.clear();
    this.#waiting.clear();
  }
}

const NO_HEAD = { method: '', target: '', headers: {}, repeated: undefined };

function checkLength(payload: Buffer, length: number): void {
  if (payload.length !== length) throw new ConnectionError(ErrorCode.frameSizeError, 'a frame of the wrong size');
}

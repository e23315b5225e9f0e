import type { Duplex } from 'node:stream';
import { ClientStream, type ClientStreamHost, type StreamEnd, type StreamEvents } from './client-stream.ts';
import { FrameOutput } from './frame-output.ts';
import { FrameReader } from './frame-reader.ts';
import { HeaderBlockError, HeaderDecoder } from './hpack/header-decoder.ts';
import {
  ConnectionError, ErrorCode, Flag, FrameType, PREFACE, Setting, settingsPayload, TABLE_BYTES_DEFAULT, uint32, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX,
} from './protocol.ts';
import { SendTurns } from './send-turns.ts';
import { unpadded } from './unpadded.ts';

export interface ClientConnectionOptions {
  /** May still be connecting; then `readyEvent` says when it is done. */
  socket: Duplex;
  readyEvent?: 'connect' | 'secureConnect' | undefined;
  /** The other side has shown that it speaks HTTP/2. */
  onHello?: (() => void) | undefined;
  /** Something arrived. */
  onArrival?: (() => void) | undefined;
  /** No new streams are taken from now on. */
  onClosing?: (() => void) | undefined;
}

/** What the other side may send of one stream before its owner has taken it. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
/** Of all streams under way. Given back as it arrives, so that a stream nobody reads does not hold up the others. */
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const HEADER_BYTES_MAX = 256 * 1024;
const STREAM_ID_MAX = 2 ** 31 - 1;
/** Eight bytes that come back. */
const PING_PAYLOAD: Buffer = Buffer.from('are you?');
const NOTHING = Buffer.alloc(0);

/**
 * The client's side of one HTTP/2 connection (RFC 9113): requests at once, flow control both ways, pings, the other side's goodbye. All
 * that is said while the process handles what has arrived leaves in one write. Of every stream that fails it is known whether it may have
 * been seen. Not: pushes, priorities, informational answers.
 */
export class ClientConnection implements ClientStreamHost {
  readonly #options: ClientConnectionOptions;
  readonly #reader: FrameReader;
  readonly #output: FrameOutput;
  readonly #headers = new HeaderDecoder({ listBytesMax: HEADER_BYTES_MAX });
  readonly #turns: SendTurns<ClientStream>;
  readonly #streams = new Map<number, ClientStream>();
  /** Streams beyond what the other side takes at once. */
  readonly #waiting = new Set<ClientStream>();
  /** The header block that CONTINUATION frames still belong to. */
  #block: { streamId: number; flags: number; pieces: Buffer[]; bytes: number } | undefined;
  #nextId = 1;
  #streamsMax = Infinity;
  #streamSendWindow: number = WINDOW_BYTES_DEFAULT;
  #receiveWindow: number = CONNECTION_WINDOW_BYTES;
  /** The other side's header table became smaller, and the next block has to say that it is not used. */
  #announceEmptyTable = false;
  #onPong: (() => void) | undefined;
  #isReady: boolean;
  #sawSettings = false;
  #isClosing = false;
  #isOver = false;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    this.#isReady = options.readyEvent === undefined;
    this.#reader = new FrameReader((type, flags, streamId, payload) => this.#frame(type, flags, streamId, payload));
    this.#output = new FrameOutput(options.socket, () => this.#turns.send());
    this.#turns = new SendTurns(this.#output);
  }

  /** False once no new streams are taken. */
  get isOpen(): boolean { return !this.#isClosing && !this.#isOver; }

  get isOver(): boolean { return this.#isOver; }

  /** Says hello and takes what arrives until the connection ends. */
  start(): void {
    const { socket, readyEvent } = this.#options;
    this.#output.bytes(PREFACE, 0, PREFACE.length);
    this.#output.frame(FrameType.settings, 0, 0, settingsPayload([[Setting.enablePush, 0], [Setting.initialWindowSize, STREAM_WINDOW_BYTES]]));
    this.#output.frame(FrameType.windowUpdate, 0, 0, uint32(CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT));
    let failure: Error | undefined;
    if (readyEvent !== undefined) socket.once(readyEvent, () => { this.#isReady = true; });
    socket.on('data', (chunk: Buffer) => this.#arrived(chunk));
    socket.on('error', (error) => { failure = error; }); // 'close' follows
    socket.on('close', () => this.#over(failure ?? new Error('the connection was closed')));
  }

  /** Begins a request: its header block in pieces. Only while `isOpen`. */
  open(head: readonly Buffer[], events: StreamEvents): ClientStream {
    const stream = new ClientStream({ head, events, host: this, receiveWindow: STREAM_WINDOW_BYTES });
    if (this.#streams.size < this.#streamsMax) this.#begin(stream); else this.#waiting.add(stream);
    return stream;
  }

  /** `onAnswer` is called when the other side answers. False while an answer to the last one is awaited. */
  ping(onAnswer: () => void): boolean {
    if (this.#isOver || this.#onPong !== undefined) return false;
    this.#onPong = onAnswer;
    this.#output.frame(FrameType.ping, 0, 0, PING_PAYLOAD);
    return true;
  }

  /** Gives everything up now. */
  destroy(error: Error): void {
    this.#over(error);
    this.#options.socket.destroy();
  }

  send(stream: ClientStream): void {
    if (stream.id === 0) return; // its queue goes out when it begins
    if (stream.queue.bytes === 0) { if (stream.isSaid) this.#output.head(0, FrameType.data, Flag.endStream, stream.id); return; }
    this.#turns.add(stream);
    this.#turns.send();
  }

  cancel(stream: ClientStream): void {
    if (stream.id !== 0) this.#sayReset(stream.id, ErrorCode.cancel);
    this.#forget(stream);
  }

  consumed(stream: ClientStream): void {
    if (stream.consumedBytes < STREAM_WINDOW_BYTES / 2 || stream.id === 0) return;
    this.#output.frame(FrameType.windowUpdate, 0, stream.id, uint32(stream.consumedBytes));
    stream.receiveWindow += stream.consumedBytes;
    stream.consumedBytes = 0;
  }

  #begin(stream: ClientStream): void {
    stream.id = this.#nextId;
    stream.sendWindow = this.#streamSendWindow;
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    let length = this.#announceEmptyTable ? 1 : 0;
    for (const piece of stream.head) length += piece.length;
    this.#output.head(length, FrameType.headers, Flag.endHeaders, stream.id);
    if (this.#announceEmptyTable) this.#output.bytes(EMPTY_TABLE, 0, 1);
    this.#announceEmptyTable = false;
    for (const piece of stream.head) this.#output.bytes(piece, 0, piece.length);
    if (stream.queue.bytes > 0 || stream.isSaid) this.send(stream);
    if (this.#nextId > STREAM_ID_MAX) this.#close();
  }

  #arrived(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#options.onArrival?.();
    try { this.#reader.read(chunk); } catch (error) {
      if (!(error instanceof ConnectionError) && !(error instanceof HeaderBlockError)) throw error;
      const code = error instanceof ConnectionError ? error.code : ErrorCode.compressionError;
      this.#output.frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(0), uint32(code)]));
      this.#output.flush();
      this.destroy(error);
    }
  }

  #frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#isOver) return;
    if (this.#block !== undefined && (type !== FrameType.continuation || streamId !== this.#block.streamId)) throw new ConnectionError(ErrorCode.protocolError, 'a header block was interrupted');
    if (!this.#sawSettings && type !== FrameType.settings) throw new ConnectionError(ErrorCode.protocolError, 'the settings have to come first');
    switch (type) {
      case FrameType.data: this.#onData(flags, streamId, payload); return;
      case FrameType.headers: this.#onHeaders(flags, streamId, payload); return;
      case FrameType.rstStream: this.#onReset(streamId, payload); return;
      case FrameType.settings: this.#onSettings(flags, payload); return;
      case FrameType.pushPromise: throw new ConnectionError(ErrorCode.protocolError, 'nothing may be pushed');
      case FrameType.ping: this.#onPing(flags, payload); return;
      case FrameType.goaway: this.#onGoodbye(payload); return;
      case FrameType.windowUpdate: this.#onWindowUpdate(streamId, payload); return;
      case FrameType.continuation: this.#onContinuation(flags, payload); return;
      default: return; // priorities mean nothing here; extensions that are not known are to be ignored
    }
  }

  #onData(flags: number, streamId: number, payload: Buffer): void {
    if (streamId === 0 || streamId >= this.#nextId) throw new ConnectionError(ErrorCode.protocolError, 'data for a stream that was never opened');
    this.#receiveWindow -= payload.length;
    if (this.#receiveWindow < 0) throw new ConnectionError(ErrorCode.flowControlError, 'more data than allowed');
    if (this.#receiveWindow < CONNECTION_WINDOW_BYTES / 2) {
      this.#output.frame(FrameType.windowUpdate, 0, 0, uint32(CONNECTION_WINDOW_BYTES - this.#receiveWindow));
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return; // it was taken back meanwhile
    stream.receiveWindow -= payload.length;
    if (stream.receiveWindow < 0) throw new ConnectionError(ErrorCode.flowControlError, 'more data than allowed');
    const piece = unpadded(flags, payload, 0);
    if (piece.length < payload.length) stream.consumed(payload.length - piece.length);
    if (piece.length > 0) stream.events.onData(piece);
    if (flags & Flag.endStream) this.#ended(stream, { isUntouched: false });
  }

  #onHeaders(flags: number, streamId: number, payload: Buffer): void {
    const fragment = unpadded(flags, payload, flags & Flag.priority ? 5 : 0);
    if (flags & Flag.endHeaders) this.#onHeaderBlock(flags, streamId, fragment);
    else this.#block = { streamId, flags, pieces: [fragment], bytes: fragment.length };
  }

  #onContinuation(flags: number, payload: Buffer): void {
    const block = this.#block;
    if (block === undefined) throw new ConnectionError(ErrorCode.protocolError, 'nothing to continue');
    block.pieces.push(payload);
    block.bytes += payload.length + 1; // empty ones count too, or there could be any number
    if (block.bytes > HEADER_BYTES_MAX) throw new ConnectionError(ErrorCode.enhanceYourCalm, 'a header block without end');
    if (!(flags & Flag.endHeaders)) return;
    this.#block = undefined;
    this.#onHeaderBlock(block.flags, block.streamId, Buffer.concat(block.pieces));
  }

  /** Every block is read, also for streams that were taken back: later ones refer to it. */
  #onHeaderBlock(flags: number, streamId: number, block: Buffer): void {
    if (streamId % 2 === 0 || streamId >= this.#nextId) throw new ConnectionError(ErrorCode.protocolError, 'an answer to nothing');
    const { fields } = this.#headers.decode(block);
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.events.onHeaders(fields);
    if (flags & Flag.endStream) this.#ended(stream, { isUntouched: false });
  }

  #onReset(streamId: number, payload: Buffer): void {
    checkLength(payload, 4);
    const code = payload.readUInt32BE(0);
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) this.#ended(stream, { isUntouched: code === ErrorCode.refusedStream, error: new Error(`the stream was reset with code ${code}`) });
  }

  #onSettings(flags: number, payload: Buffer): void {
    const isFirst = !this.#sawSettings;
    this.#sawSettings = true;
    if (flags & Flag.ack) return;
    if (payload.length % 6 !== 0) throw new ConnectionError(ErrorCode.frameSizeError, 'settings have six bytes each');
    for (let at = 0; at < payload.length; at += 6) this.#apply(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#output.frame(FrameType.settings, Flag.ack, 0, NOTHING);
    if (isFirst) this.#options.onHello?.();
    this.#beginWaiting();
    this.#turns.send();
  }

  #apply(setting: number, value: number): void {
    if (setting === Setting.headerTableSize && value < TABLE_BYTES_DEFAULT) this.#announceEmptyTable = true;
    if (setting === Setting.maxConcurrentStreams) this.#streamsMax = value;
    if (setting !== Setting.initialWindowSize) return;
    if (value > WINDOW_BYTES_MAX) throw new ConnectionError(ErrorCode.flowControlError, 'no size for a window');
    const change = value - this.#streamSendWindow;
    this.#streamSendWindow = value;
    for (const stream of this.#streams.values()) this.#widen(stream, change);
  }

  #onPing(flags: number, payload: Buffer): void {
    checkLength(payload, 8);
    if (!(flags & Flag.ack)) { this.#output.frame(FrameType.ping, Flag.ack, 0, payload); return; }
    const onPong = this.#onPong;
    this.#onPong = undefined;
    onPong?.();
  }

  /** The other side says which streams it will not touch; those under way may still finish. */
  #onGoodbye(payload: Buffer): void {
    if (payload.length < 8) throw new ConnectionError(ErrorCode.frameSizeError, 'a frame of the wrong size');
    const lastTaken = payload.readUInt32BE(0) & 0x7fffffff;
    this.#close();
    for (const stream of [...this.#streams.values()]) if (stream.id > lastTaken) this.#ended(stream, { isUntouched: true, error: new Error('the other side says goodbye') });
    this.#endIfDone();
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    checkLength(payload, 4);
    const change = payload.readUInt32BE(0) & 0x7fffffff;
    if (streamId === 0) {
      this.#turns.widen(change);
      if (change === 0 || this.#turns.window > WINDOW_BYTES_MAX) throw new ConnectionError(ErrorCode.flowControlError, 'no change of a window');
    } else {
      const stream = this.#streams.get(streamId);
      if (stream === undefined) return;
      this.#widen(stream, change);
    }
    this.#turns.send();
  }

  #widen(stream: ClientStream, change: number): void {
    stream.sendWindow += change;
    if (stream.sendWindow > WINDOW_BYTES_MAX) throw new ConnectionError(ErrorCode.flowControlError, 'no change of a window');
    this.#turns.add(stream);
  }

  /** Takes no new streams. Those that have not begun fail at once: another connection may serve them. */
  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#options.onClosing?.();
    for (const stream of [...this.#waiting]) this.#ended(stream, { isUntouched: true, error: new Error('the connection takes no more') });
  }

  #ended(stream: ClientStream, end: StreamEnd): void {
    if (end.error === undefined && (!stream.isSaid || stream.queue.bytes > 0)) this.#sayReset(stream.id, ErrorCode.noError); // nobody waits for the rest
    this.#forget(stream);
    stream.events.onEnd(end);
  }

  #forget(stream: ClientStream): void {
    stream.isOver = true;
    this.#waiting.delete(stream);
    this.#turns.remove(stream);
    if (stream.id !== 0) this.#streams.delete(stream.id);
    if (this.#waiting.size > 0) this.#beginWaiting();
    this.#endIfDone();
  }

  #beginWaiting(): void {
    for (const stream of this.#waiting) {
      if (this.#streams.size >= this.#streamsMax || !this.isOpen) return;
      this.#waiting.delete(stream);
      this.#begin(stream);
    }
  }

  #endIfDone(): void {
    if (!this.#isClosing || this.#isOver || this.#streams.size > 0) return;
    this.#output.flush();
    this.#over(new Error('the other side said goodbye'));
    this.#options.socket.end(() => this.#options.socket.destroy());
  }

  #sayReset(streamId: number, code: ErrorCode): void { if (!this.#isOver) this.#output.frame(FrameType.rstStream, 0, streamId, uint32(code)); }

  #over(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const left = [...this.#streams.values(), ...this.#waiting];
    this.#streams.clear();
    this.#waiting.clear();
    if (!this.#isClosing) this.#options.onClosing?.();
    for (const stream of left) {
      stream.isOver = true;
      stream.events.onEnd({ isUntouched: stream.id === 0 || !this.#isReady, error });
    }
  }
}

/** HPACK's change of the table's size to nothing. */
const EMPTY_TABLE = Buffer.of(0x20);

function checkLength(payload: Buffer, length: number): void {
  if (payload.length !== length) throw new ConnectionError(ErrorCode.frameSizeError, 'a frame of the wrong size');
}

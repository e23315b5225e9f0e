import type { Duplex } from 'node:stream';
import { internalError } from '@kubernode/apimachinery';
import type { WebSocket } from 'ws';
import { encodeData, encodePing, encodeSynStream, SpdyDecoder, type SpdyFrame } from './spdy-frames.ts';
import type { Streams } from './stream-target.ts';

/** The first byte of each message names its channel. */
const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
type Name = 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize';
/** What the client may lag behind before the runtime is not read any more. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
/** As a websocket says that it ended as meant. */
const NORMAL_CLOSURE = 1000;

export interface RuntimeConnection { socket: Duplex; /** What came behind the runtime's answer. */ head: Buffer; streams: Streams }

/** The part of a websocket that is used. */
export type Channels = Pick<WebSocket, 'send' | 'on' | 'close' | 'pause' | 'resume' | 'bufferedAmount'>;

/**
 * Joins a websocket of exec or attach (v4 or v5.channel.k8s.io) with the runtime's SPDY connection, stream by channel. It ends when all
 * output has; a runtime that breaks off before it told how the command ended gets an error told in its stead.
 */
export function joinWebsocketExec(websocket: Channels, { socket, head, streams }: RuntimeConnection): void {
  const ids = openStreams(socket, streams);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const open = new Set<Name>([...ids.keys()].filter((name) => name !== 'stdin' && name !== 'resize'));
  const decoder = new SpdyDecoder();
  let isTold = false; // how the command ended
  let isOver = false;

  const send = (name: Name, payload: Buffer): void => {
    websocket.send(Buffer.concat([Buffer.from([CHANNELS[name]]), payload]), () => { if (websocket.bufferedAmount < BUFFERED_BYTES_MAX) socket.resume(); });
    if (websocket.bufferedAmount >= BUFFERED_BYTES_MAX) socket.pause();
  };
  const end = (why: string): void => {
    if (isOver) return;
    isOver = true;
    if (!isTold) send('error', Buffer.from(JSON.stringify(internalError(new Error(why)).toStatus())));
    websocket.resume(); // what still comes is dropped, and the client's farewell heard
    websocket.close(NORMAL_CLOSURE);
    socket.end();
  };
  const onFrame = (frame: SpdyFrame): void => {
    if (frame.kind === 'ping' && !socket.writableNeedDrain) socket.write(encodePing(frame.payload));
    if (frame.kind === 'goaway') end('the runtime closed the connection');
    if (frame.kind !== 'data' && frame.kind !== 'reply' && frame.kind !== 'reset') return;
    const name = names.get(frame.stream);
    if (name === undefined || !open.has(name)) return;
    if (frame.kind === 'data' && frame.payload.length > 0) {
      isTold ||= name === 'error';
      send(name, frame.payload);
    }
    if (frame.kind === 'reset' || frame.fin) open.delete(name);
    if (open.size === 0) end('the runtime did not tell how the command ended');
  };
  const onBytes = (chunk: Buffer): void => {
    try {
      for (const frame of decoder.push(chunk)) if (!isOver) onFrame(frame);
    } catch { // no SPDY
      end('the runtime sent what cannot be read');
      socket.destroy();
    }
  };

  websocket.on('message', (data: Buffer) => { if (!isOver && !fromClient(data, { socket, ids })) websocket.pause(); });
  socket.on('drain', () => { websocket.resume(); });
  for (const event of ['close', 'error'] as const) websocket.on(event, () => { isOver = true; socket.destroy(); });
  for (const event of ['close', 'error'] as const) socket.on(event, () => { end('the connection to the runtime broke'); });
  socket.on('data', onBytes);
  websocket.send(Buffer.from([CHANNELS[streams.stdout ? 'stdout' : streams.stderr ? 'stderr' : 'error']])); // an empty message tells that the streams stand
  if (head.length > 0) onBytes(head);
  socket.resume();
}

/** A client opens streams with odd numbers; the error stream first. */
function openStreams(socket: Duplex, { stdin, stdout, stderr, tty }: Streams): Map<Name, number> {
  const wanted: Name[] = ['error', ...(stdin ? ['stdin' as const] : []), ...(stdout ? ['stdout' as const] : []), ...(stderr ? ['stderr' as const] : []), ...(tty ? ['resize' as const] : [])];
  const ids = new Map(wanted.map((name, i) => [name, 2 * i + 1]));
  for (const [name, id] of ids) socket.write(encodeSynStream(id, { streamtype: name }, { isFirst: id === 1 }));
  return ids;
}

/** False when the runtime takes no more for now. */
function fromClient(message: Buffer, { socket, ids }: { socket: Duplex; ids: Map<Name, number> }): boolean {
  const [channel, first] = message;
  const name = channel === CHANNELS.resize ? 'resize' : 'stdin';
  const id = ids.get(name);
  if (id === undefined) return true;
  if (channel === CHANNELS.close && first === CHANNELS.stdin) {
    ids.delete('stdin'); // what still comes for it is dropped
    return socket.write(encodeData(id, Buffer.alloc(0), { fin: true }));
  }
  if ((channel === CHANNELS.stdin || channel === CHANNELS.resize) && message.length > 1) return socket.write(encodeData(id, message.subarray(1)));
  return true;
}

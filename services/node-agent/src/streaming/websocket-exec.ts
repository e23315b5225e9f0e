import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { encodeData, encodePing, encodeSynStream, SpdyDecoder, type SpdyFrame } from './spdy-frames.ts';
import type { StreamTarget } from './stream-target.ts';

/** The first byte of each message names its channel. */
const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
type Name = 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize';
/** What the client may lag behind before the runtime is not read any more. */
const BUFFERED_MAX = 1024 * 1024;

/** Joins a websocket of exec or attach (v4 or v5.channel.k8s.io) with the runtime's SPDY connection, stream by channel. */
export function joinWebsocketExec(websocket: WebSocket, { socket, head, target }: { socket: Socket; head: Buffer; target: StreamTarget }): void {
  const streams = openStreams(socket, target);
  const byId = new Map([...streams].map(([name, id]) => [id, name]));
  const open = new Set<Name>([...streams.keys()].filter((name) => name !== 'stdin' && name !== 'resize'));
  const decoder = new SpdyDecoder();
  const end = (): void => { websocket.close(1000); socket.end(); };

  const onFrame = (frame: SpdyFrame): void => {
    if (frame.kind === 'ping') socket.write(encodePing(frame.payload));
    if (frame.kind === 'goaway') end();
    if (frame.kind !== 'data' && frame.kind !== 'reply' && frame.kind !== 'reset') return;
    const name = byId.get(frame.stream);
    if (name === undefined) return;
    if (frame.kind === 'data' && frame.payload.length > 0) websocket.send(Buffer.concat([Buffer.from([CHANNELS[name]]), frame.payload]), () => { if (websocket.bufferedAmount < BUFFERED_MAX) socket.resume(); });
    if (websocket.bufferedAmount >= BUFFERED_MAX) socket.pause();
    if (frame.kind === 'reset' || frame.fin) open.delete(name);
    if (open.size === 0) end();
  };
  const onBytes = (chunk: Buffer): void => { for (const frame of decoder.push(chunk)) onFrame(frame); };

  websocket.on('message', (data: Buffer) => { if (!fromClient(data, { socket, streams })) { websocket.pause(); socket.once('drain', () => websocket.resume()); } });
  websocket.once('close', () => socket.destroy());
  websocket.once('error', () => socket.destroy());
  socket.once('close', () => websocket.close(1000));
  socket.once('error', () => websocket.close(1011));
  socket.on('data', onBytes);
  websocket.send(Buffer.from([CHANNELS.stdout])); // an empty message tells that the streams stand
  if (head.length > 0) onBytes(head);
  socket.resume();
}

/** A client opens streams with odd numbers; the error stream first. */
function openStreams(socket: Socket, { stdin, stdout, stderr, tty }: StreamTarget): Map<Name, number> {
  const wanted: Name[] = ['error', ...(stdin ? ['stdin' as const] : []), ...(stdout ? ['stdout' as const] : []), ...(stderr ? ['stderr' as const] : []), ...(tty ? ['resize' as const] : [])];
  const streams = new Map(wanted.map((name, i) => [name, 2 * i + 1]));
  for (const [name, id] of streams) socket.write(encodeSynStream(id, { streamtype: name }, { isFirst: id === 1 }));
  return streams;
}

/** False when the runtime takes no more for now. */
function fromClient(message: Buffer, { socket, streams }: { socket: Socket; streams: ReadonlyMap<Name, number> }): boolean {
  const [channel, first] = message;
  const id = streams.get(channel === CHANNELS.resize ? 'resize' : 'stdin');
  if (channel === CHANNELS.close && first === CHANNELS.stdin && id !== undefined) return socket.write(encodeData(id, Buffer.alloc(0), { fin: true }));
  if ((channel === CHANNELS.stdin || channel === CHANNELS.resize) && id !== undefined && message.length > 1) return socket.write(encodeData(id, message.subarray(1)));
  return true;
}

import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { errorMessage, onAbort, TaskGroup, type Clock } from '@kubernode/base';
import { UserError, type Logger } from '@kubernode/component-base';
import type { Answerer } from './answerer.ts';

export interface DnsServerOptions {
  address: string;
  port: number;
  answer: Answerer;
  clock: Clock;
  logger: Logger;
}

/** Queries under way at once; more are dropped, as a resolver asks again. */
const INFLIGHT_MAX = 1000;
/** Queries that wait in the kernel while this process is busy with something else. */
const RECEIVE_BYTES = 1024 * 1024;
const TCP_CONNECTIONS_MAX = 200;
const TCP_IDLE_MS = 10_000;
/** Queries under way on one connection; until answers are out no more are read. */
const TCP_INFLIGHT_MAX = 100;
const TCP_BUFFER_BYTES_MAX = 128 * 1024;

/** Serves UDP and TCP until aborted. UserError when the port cannot be had. */
export async function serveDns(options: DnsServerOptions, signal: AbortSignal): Promise<void> {
  const group = new TaskGroup(signal);
  group.spawn((inner) => serveUdp(options, inner));
  group.spawn((inner) => serveTcp(options, inner));
  await group.done();
}

const portError = ({ address, port }: DnsServerOptions, error: Error): UserError => new UserError(`cannot serve DNS on ${address}:${port}: ${errorMessage(error)}`);

function serveUdp(options: DnsServerOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: options.address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true, recvBufferSize: RECEIVE_BYTES, lookup: addressAsItIs });
    let inflight = 0;
    socket.on('error', (error) => reject(portError(options, error)));
    socket.on('close', () => resolve());
    socket.on('message', (query, from) => {
      const answer = inflight >= INFLIGHT_MAX ? undefined : options.answer(query, 'udp', from.address);
      if (!(answer instanceof Promise)) { if (answer) socket.send(answer, from.port, from.address); return; }
      inflight++;
      void answer.then((bytes) => {
        inflight--;
        if (bytes && !signal.aborted) socket.send(bytes, from.port, from.address);
      });
    });
    socket.bind(options.port, options.address, () => { onAbort(signal, () => socket.close()); });
  });
}

/** Answers go to addresses: Node would look each up as a name, a turn of its event loop later. */
function addressAsItIs(address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void {
  done(null, address, address.includes(':') ? 6 : 4);
}

function serveTcp(options: DnsServerOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      endWhenIdle(socket, options.clock);
      answerStream(socket, options);
    });
    server.maxConnections = TCP_CONNECTIONS_MAX;
    server.on('error', (error) => reject(portError(options, error)));
    server.on('close', () => resolve());
    server.listen(options.port, options.address, () => {
      onAbort(signal, () => { server.close(); for (const socket of sockets) socket.destroy(); });
    });
  });
}

function endWhenIdle(socket: Socket, clock: Clock): void {
  const end = (): void => { socket.destroy(); };
  let timer = clock.after(TCP_IDLE_MS, end);
  socket.on('data', () => {
    timer[Symbol.dispose]();
    timer = clock.after(TCP_IDLE_MS, end);
  });
  socket.on('close', () => timer[Symbol.dispose]());
}

/** Messages on a TCP connection, each behind two bytes of length. Answers go out as they come, in any order (RFC 7766). */
function answerStream(socket: Socket, { answer }: DnsServerOptions): void {
  let buffered: Buffer = Buffer.alloc(0);
  let inflight = 0;
  const send = (bytes: Buffer | undefined): void => {
    if (!bytes || socket.destroyed) return;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    if (!socket.write(Buffer.concat([length, bytes]))) { socket.pause(); socket.once('drain', () => socket.resume()); } // who does not read gets no more
  };
  const take = (): void => {
    while (inflight < TCP_INFLIGHT_MAX && buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const end = 2 + buffered.readUInt16BE(0);
      const query = buffered.subarray(2, end);
      buffered = buffered.subarray(end);
      inflight++;
      const done = (bytes: Buffer | undefined): void => { inflight--; send(bytes); };
      const result = answer(query, 'tcp', socket.remoteAddress ?? '');
      if (result instanceof Promise) void result.then((bytes) => { done(bytes); take(); }); else done(result);
    }
  };
  socket.on('data', (part: Buffer) => {
    buffered = Buffer.concat([buffered, part]);
    if (buffered.length > TCP_BUFFER_BYTES_MAX) { socket.destroy(); return; }
    take();
  });
}

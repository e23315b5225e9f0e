import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { onAbort, type Clock } from '@kubernode/base';

/** Where an upstream server is. */
export interface ServerAddress { address: string; port: number }
export interface AskOptions { clock: Clock; signal: AbortSignal; timeoutMs: number; accepts: (answer: Buffer) => boolean }

/** Asks once. Rejects when no answer that is accepted comes in time; what else arrives at the socket is not for us. */
export function askServer(query: Buffer, server: ServerAddress, { transport, ...options }: AskOptions & { transport: 'udp' | 'tcp' }): Promise<Buffer> {
  return transport === 'udp' ? askByUdp(query, server, options) : askByTcp(query, server, options);
}

function askByUdp(query: Buffer, { address, port }: ServerAddress, { clock, signal, timeoutMs, accepts }: AskOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4'); // a port of its own, which who would forge answers has to guess
    let over = false;
    const finish = (settle: () => void): void => {
      if (over) return;
      over = true;
      link[Symbol.dispose]();
      timer[Symbol.dispose]();
      socket.close();
      settle();
    };
    const timer = clock.after(timeoutMs, () => finish(() => reject(new Error(`no answer from ${address}`))));
    const link = onAbort(signal, () => setTimer(() => finish(() => reject(new Error('stopped')))));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (answer, from) => { if (from.address === address && from.port === port && accepts(answer)) finish(() => resolve(answer)); });
    socket.send(query, port, address);
  });
}

/** An aborted signal calls its listener at once, before there is what it ends. */
const setTimer = (call: () => void): void => { queueMicrotask(call); };

function askByTcp(query: Buffer, { address, port }: ServerAddress, { clock, signal, timeoutMs, accepts }: AskOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    let received: Buffer = Buffer.alloc(0);
    const finish = (settle: () => void): void => { link[Symbol.dispose](); timer[Symbol.dispose](); socket.destroy(); settle(); };
    const timer = clock.after(timeoutMs, () => finish(() => reject(new Error(`no answer from ${address}`))));
    const link = onAbort(signal, () => setTimer(() => finish(() => reject(new Error('stopped')))));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(new Error(`${address} closed the connection`))));
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = received.subarray(2, 2 + received.readUInt16BE(0));
      finish(() => (accepts(answer) ? resolve(answer) : reject(new Error(`${address} answered something else`))));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
  });
}

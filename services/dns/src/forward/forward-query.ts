import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { onAbort } from '@kubernode/base';

const TRY_TIMEOUT_MS = 2000;

export interface ForwardOptions { servers: readonly string[]; signal: AbortSignal }

/** Asks the servers one after the other and gives the first answer as it came; rejects when none answers. */
export async function forwardQuery(query: Buffer, transport: 'udp' | 'tcp', { servers, signal }: ForwardOptions): Promise<Buffer> {
  let failure: unknown = new Error('there is no upstream server');
  for (const server of servers) {
    signal.throwIfAborted();
    try { return await (transport === 'udp' ? askByUdp : askByTcp)(query, server, signal); } catch (error) { failure = error; }
  }
  throw failure;
}

function askByUdp(query: Buffer, server: string, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
    const finish = (settle: () => void): void => { link[Symbol.dispose](); socket.close(); settle(); };
    const link = onAbort(limit, () => finish(() => reject(new Error(`no answer from ${server}`))));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (answer, from) => {
      if (from.address === server && answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0)) finish(() => resolve(answer)); // others are not for us
    });
    socket.send(query, 53, server);
  });
}

function askByTcp(query: Buffer, server: string, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server, port: 53 });
    const parts: Buffer[] = [];
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
    const finish = (settle: () => void): void => { link[Symbol.dispose](); socket.destroy(); settle(); };
    const link = onAbort(limit, () => finish(() => reject(new Error(`no answer from ${server}`))));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(new Error(`${server} closed the connection`))));
    socket.on('data', (part) => {
      parts.push(part);
      const all = Buffer.concat(parts);
      if (all.length >= 2 && all.length >= 2 + all.readUInt16BE(0)) finish(() => resolve(all.subarray(2, 2 + all.readUInt16BE(0))));
    });
    socket.write(Buffer.concat([length, query]));
  });
}

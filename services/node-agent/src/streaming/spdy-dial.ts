import { connect, type Socket } from 'node:net';
import { HttpFault } from './http-fault.ts';

const ANSWER_MAX = 64 * 1024;

/** Opens a SPDY/3.1 connection to the runtime's streaming server. Resolves once it has agreed; `head` is what came behind its answer. */
export function dialSpdy(url: string, protocols: readonly string[]): Promise<{ socket: Socket; head: Buffer }> {
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.hostname, port: Number(target.port) });
    let answer = Buffer.alloc(0);
    const fail = (error: Error): void => { socket.destroy(); reject(error); };
    const onData = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) { if (answer.length > ANSWER_MAX) fail(new Error('the runtime\'s answer has no end')); return; }
      const status = answer.toString('latin1', 0, answer.indexOf('\r\n'));
      if (!status.startsWith('HTTP/1.1 101')) { fail(new HttpFault(500, `the runtime refused to stream: ${status}`)); return; }
      socket.off('data', onData);
      socket.off('error', fail);
      socket.pause();
      resolve({ socket, head: answer.subarray(end + 4) });
    };
    socket.once('error', fail);
    socket.on('data', onData);
    const versions = protocols.map((one) => `X-Stream-Protocol-Version: ${one}\r\n`).join('');
    socket.write(`POST ${target.pathname}${target.search} HTTP/1.1\r\nHost: ${target.host}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${versions}Content-Length: 0\r\n\r\n`);
  });
}

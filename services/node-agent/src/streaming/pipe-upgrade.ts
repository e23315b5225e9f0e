import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Headers that the runtime's server has to see for the protocols to be agreed on end to end. */
const PASSED = ['connection', 'upgrade', 'x-stream-protocol-version', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions', 'origin'];

/** Hands an upgrade request on to the runtime's streaming server and joins the two connections: what they speak is between their ends. */
export function pipeUpgrade(request: IncomingMessage, client: Duplex, { head, url }: { head: Buffer; url: string }): void {
  const target = new URL(url);
  const upstream = connect({ host: target.hostname, port: Number(target.port) });
  upstream.once('connect', () => {
    upstream.write(requestText(request, target));
    if (head.length > 0) upstream.write(head);
    joinStreams(client, upstream);
  });
  upstream.once('error', () => {
    if (upstream.connecting) client.write('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    client.destroy();
  });
}

function requestText({ method = 'GET', headers, rawHeaders }: IncomingMessage, target: URL): string {
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (PASSED.includes(name)) lines.push(`${rawHeaders[i] ?? ''}: ${rawHeaders[i + 1] ?? ''}`);
  }
  // The runtime takes SPDY by POST; a GET is for websockets.
  const verb = (headers.upgrade ?? '').toLowerCase().startsWith('spdy') ? 'POST' : method;
  return `${verb} ${target.pathname}${target.search} HTTP/1.1\r\nHost: ${target.host}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Joins two connections until either ends; half-closes pass. */
export function joinStreams(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  const end = (): void => { a.destroy(); b.destroy(); };
  a.once('error', end);
  b.once('error', end);
  a.once('close', end);
  b.once('close', end);
}

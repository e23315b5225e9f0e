import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { EndpointPool } from './endpoint-pool.ts';

const servers: Http2Server[] = [];
const held: ServerHttp2Stream[] = [];
let pool: EndpointPool | undefined;
afterEach(() => {
  pool?.close();
  for (const stream of held.splice(0)) stream.close();
  for (const server of servers.splice(0)) server.close();
});

async function member(onCall: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server = createServer();
  servers.push(server);
  server.on('stream', (stream) => { stream.on('error', () => undefined); onCall(stream); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address
}

const refusing = (stream: ServerHttp2Stream): void => stream.respond({ ':status': 200, 'grpc-status': '14', 'grpc-message': 'etcdserver: no leader' }, { endStream: true });
const silent = (stream: ServerHttp2Stream): void => { held.push(stream); };
/** Nobody listens there. */
const GONE = 'http://127.0.0.1:1';

test.each<[string, () => Promise<string[]>, boolean]>([
  ['a member that refuses is there', async () => [await member(refusing)], true],
  ['one that says nothing is not, and another one answers for it', async () => [await member(silent), await member(refusing)], true],
  ['nor is one that nobody listens for, and another one answers for it', async () => [GONE, await member(refusing)], true],
  ['none is there', async () => [GONE, await member(silent)], false],
])('isReachable: %s', async (_, endpoints, expected) => {
  pool = new EndpointPool({ endpoints: await endpoints() });
  expect(await pool.isReachable(400)).toBe(expected);
});

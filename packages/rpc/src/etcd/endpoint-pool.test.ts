import { createServer, type IncomingHttpHeaders, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';
import { EndpointPool, nothing, STATUS, type Method } from './endpoint-pool.ts';

const servers: Http2Server[] = [];
const held: ServerHttp2Stream[] = [];
let pool: EndpointPool | undefined;
afterEach(() => {
  pool?.close();
  for (const stream of held.splice(0)) stream.close();
  for (const server of servers.splice(0)) server.close();
});

async function member(onCall: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void): Promise<string> {
  const server = createServer();
  servers.push(server);
  server.on('stream', (stream, headers) => { stream.on('error', () => undefined); onCall(stream, headers); });
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

const TXN: Method<undefined, void> = { path: '/etcdserverpb.KV/Txn', encode: () => new ReverseWriter().finishFramed(), decode: nothing, isRead: false, endsWithElection: true };

function answer(stream: ServerHttp2Stream, message: Buffer): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0' }); });
  stream.end(message);
}

/** An answer of etcd with nothing but its header. */
function termOne(): Buffer {
  const writer = new ReverseWriter();
  writer.message(1, () => { writer.int(4, 1); });
  return writer.finishFramed();
}

/** Says that it knows a leader, of term 2, and nothing else. */
const ledMember = (stream: ServerHttp2Stream, { ':path': path }: IncomingHttpHeaders): void => { if (path === STATUS.path) answer(stream, new ReverseWriter().int(6, 2).int(4, 7).finishFramed()); else silent(stream); };

test('a transaction that a member handed to a leader that is gone is over when another member knows the next one', async () => {
  let isLed = true;
  const left = await member((stream) => { if (isLed) answer(stream, termOne()); else silent(stream); });
  const elected = await member(ledMember);
  pool = new EndpointPool({ endpoints: [left, elected] });
  await pool.call(TXN, undefined);
  isLed = false;
  await expect(pool.call(TXN, undefined, { timeoutMs: 60_000 })).rejects.toMatchObject({ fateUnknown: true, message: 'etcd elected another leader before it answered' });
});

test('a member that has missed an election is left at once, and no other one that failed leads back to it', async () => {
  let served = 0;
  const left = await member((stream) => { if (served++ === 0) answer(stream, termOne()); else silent(stream); });
  pool = new EndpointPool({ endpoints: [left, await member(ledMember), await member(ledMember)] });
  await pool.call(TXN, undefined);
  const [used, over] = [pool.current, new AbortController()];
  const waiting = pool.call(TXN, undefined, { timeoutMs: 60_000, signal: over.signal }).catch(() => 'over');
  while (pool.current === used) await new Promise((resolve) => { setTimeout(resolve, 10); });
  const second = pool.current;
  pool.moveFrom(second);
  pool.moveFrom(pool.current);
  expect(pool.current).toBe(second);
  over.abort();
  await expect(waiting).resolves.toBe('over');
});

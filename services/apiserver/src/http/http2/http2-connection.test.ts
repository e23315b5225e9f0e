import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { duplexPair, type Duplex } from 'node:stream';
import { BodyBudget } from '../body-budget.ts';
import { Http2Connection } from './http2-connection.ts';
import type { Http2Stream } from './http2-stream.ts';
import { ErrorCode, Flag, FrameType, PREFACE, Setting } from '@kubernode/rpc';

const NONE = Buffer.alloc(0);
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
async function until(condition: () => boolean): Promise<void> { while (!condition()) await turn(); }

interface Served { connection: Http2Connection; client: Duplex; requests: Http2Stream[] }

const EACH_MAX = 3_000_000;

function serve(onRequest: (stream: Http2Stream) => void = () => undefined, bodies = new BodyBudget({ eachMax: EACH_MAX, totalMax: 1e9 })): Served {
  const [client, socket] = duplexPair() as [Duplex, Duplex];
  client.on('error', () => undefined);
  const write = socket.write.bind(socket) as (chunk: Buffer, done: () => void) => boolean; // the way the connection calls it
  socket.write = (chunk: Buffer, done: unknown) => write(Buffer.from(chunk), done as () => void); // as TLS does: what was written may be used again
  const requests: Http2Stream[] = [];
  const connection = new Http2Connection({ socket, bodies: () => bodies, headerBytesMax: 64 * 1024, onRequest: (stream) => { requests.push(stream); onRequest(stream); } });
  connection.start();
  return { connection, client, requests };
}

/** Node's own client, so that both sides of the protocol are not by the same hand. */
function session({ client }: Served, settings: Parameters<typeof connect>[1] = {}): ClientHttp2Session {
  const one = connect('http://server', { ...settings, createConnection: () => client });
  one.on('error', () => undefined);
  return one;
}

async function answerOf(stream: ClientHttp2Stream): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  const chunks: Buffer[] = [];
  let headers: Record<string, unknown> = {};
  stream.on('response', (given) => { headers = { ...given }; });
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { status: Number(headers[constants.HTTP2_HEADER_STATUS]), headers, body: Buffer.concat(chunks) };
}

test('answers many requests at once, each with its own head, body and answer', async () => {
  const served = serve((stream) => { const body = stream.takeBody(NONE); setImmediate(() => stream.respond(201, [['content-type', 'text/plain'], ['x-path', stream.head.target]], [Buffer.from(stream.head.method), body])); });
  const client = session(served);
  const bodies = Array.from({ length: 50 }, (_, i) => Buffer.alloc(i * 8_000, i));
  const answers = await Promise.all(bodies.map((body, i) => {
    const stream = client.request({ ':method': 'POST', ':path': `/api/v1/things/${i}`, authorization: `Bearer token-${i % 3}` });
    stream.end(body);
    return answerOf(stream);
  }));
  expect(answers.map(({ status, headers, body }) => [status, headers['x-path'], body.length])).toEqual(bodies.map((body, i) => [201, `/api/v1/things/${i}`, 4 + body.length]));
  expect(answers.every(({ body }, i) => body.subarray(4).equals(bodies[i] ?? NONE))).toBe(true);
  expect(served.requests.sort((a, b) => a.id - b.id).map(({ head }) => head.headers['authorization'])).toEqual(bodies.map((_, i) => `Bearer token-${i % 3}`));
  expect(served.connection.streams).toBe(0);
  client.destroy();
});

test('sends large answers as the client opens its windows, small ones past them', async () => {
  const large = Buffer.alloc(5_000_000, 'x');
  const served = serve((stream) => stream.respond(200, [], stream.head.target === '/large' ? [large.subarray(0, 1_000_001), large.subarray(1_000_001)] : [Buffer.from('small')]));
  const client = session(served, { settings: { initialWindowSize: 70_000 } });
  const [first, second] = [client.request({ ':path': '/large' }), client.request({ ':path': '/small' })];
  expect((await answerOf(second)).body.toString()).toBe('small'); // nobody has read the first
  expect((await answerOf(first)).body.equals(large)).toBe(true);
  client.destroy();
});

test('sends a large answer to its end where the windows let all of it pass', async () => {
  const large = Buffer.alloc(900_000, 'x');
  const served = serve((stream) => { setImmediate(() => stream.respond(200, [], [large])); });
  const client = session(served, { settings: { initialWindowSize: 1_000_000 } });
  await new Promise((resolve) => { client.once('connect', resolve); });
  client.setLocalWindowSize(1_000_000);
  expect((await answerOf(client.request({ ':path': '/large' }))).body.equals(large)).toBe(true);
  client.destroy();
});

test('a watcher who does not read holds what it was given last, and no other waits for it', async () => {
  const served = serve();
  const client = session(served, { settings: { initialWindowSize: 1000 } });
  const [slow, quick] = [client.request({ ':path': '/slow' }), client.request({ ':path': '/quick' })];
  await until(() => served.requests.length === 2);
  for (const stream of served.requests) stream.open(200, []);
  const [slowStream, quickStream] = served.requests as [Http2Stream, Http2Stream];
  let received = 0;
  quick.on('data', (chunk: Buffer) => { received += chunk.length; });
  let isSlowDrained = false;
  const frame = Buffer.alloc(900, 'e');
  expect([slowStream.write([frame]), slowStream.write([frame])]).toEqual([true, false]); // the window has 100 bytes left for the second
  void slowStream.drained(new AbortController().signal).then(() => { isSlowDrained = true; });
  for (let i = 0; i < 100; i++) if (!quickStream.write([frame])) await quickStream.drained(new AbortController().signal);
  await until(() => received === 90_000);
  expect([slowStream.queue.bytes, isSlowDrained]).toEqual([800, false]);
  slow.resume(); // reads at last
  await until(() => isSlowDrained);
  client.destroy();
});

test('a wait for the reader ends with an abort, each time anew', async () => {
  const served = serve();
  const client = session(served, { settings: { initialWindowSize: 10 } });
  const reader = client.request({ ':path': '/' }).on('error', () => undefined);
  await until(() => served.requests.length === 1);
  const [stream] = served.requests as [Http2Stream];
  const stop = new AbortController();
  stream.open(200, []);
  expect(stream.write([Buffer.alloc(30)])).toBe(false);
  reader.resume();
  await stream.drained(stop.signal);
  reader.pause();
  while (stream.write([Buffer.alloc(5_000)])); // until its window is used up
  const waiting = stream.drained(stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await expect(stream.drained(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  client.destroy();
});

test('all that is said in one turn leaves in one write', async () => {
  const served = serve();
  const { client, requests } = served;
  const one = session(served);
  for (let i = 0; i < 20; i++) one.request({ ':path': '/' });
  await until(() => requests.length === 20);
  await turn();
  const chunks: number[] = [];
  client.on('data', (chunk: Buffer) => { chunks.push(chunk.length); });
  for (const stream of requests) stream.respond(200, [], [Buffer.alloc(1000)]);
  await until(() => chunks.length > 0);
  expect(chunks).toHaveLength(1);
  one.destroy();
});

test('a request that the client takes back is closed once, and waiting for its reader ends', async () => {
  const served = serve();
  const client = session(served);
  const stream = client.request({ ':path': '/' });
  await until(() => served.requests.length === 1);
  let closed = 0;
  served.requests[0]?.onClose(() => { closed++; });
  stream.close(constants.NGHTTP2_CANCEL);
  await until(() => closed > 0);
  expect([closed, served.connection.streams, served.requests[0]?.write([Buffer.from('x')])]).toEqual([1, 0, true]);
  client.destroy();
});

test('the connection that breaks closes every stream', async () => {
  const served = serve();
  const client = session(served);
  for (let i = 0; i < 3; i++) client.request({ ':path': '/' }).on('error', () => undefined);
  await until(() => served.requests.length === 3);
  let closed = 0;
  for (const stream of served.requests) stream.onClose(() => { closed++; });
  served.connection.destroy();
  await until(() => closed === 3);
  expect(served.connection.streams).toBe(0);
  client.destroy();
});

test('a body that is too large is answered at once, and its rest refused', async () => {
  const served = serve((stream) => { if (stream.bodyFault === 'tooLarge') stream.respond(413, [], [Buffer.from('too large')]); });
  const stream = session(served).request({ ':method': 'POST', ':path': '/' });
  stream.on('error', () => undefined);
  stream.end(Buffer.alloc(4_000_000));
  expect((await answerOf(stream)).status).toBe(413);
  served.client.destroy();
});

test('bodies hold what the budget gives until they are answered or taken back; what comes beyond is refused at once', async () => {
  const bodies = new BodyBudget({ eachMax: EACH_MAX, totalMax: 300_000 });
  const served = serve((stream) => { if (stream.bodyFault !== undefined) stream.respond(429, [], [Buffer.from(stream.bodyFault)]); }, bodies);
  const client = session(served);
  const [half, whole] = [client.request({ ':method': 'POST', ':path': '/half' }), client.request({ ':method': 'POST', ':path': '/whole' })];
  half.on('error', () => undefined);
  half.write(Buffer.alloc(150_000));
  whole.end(Buffer.alloc(100));
  await until(() => served.requests.length === 1 && bodies.held >= 150_100);
  expect([served.connection.underWay, bodies.held <= 300_000]).toEqual([1, true]);
  const late = client.request({ ':method': 'POST', ':path': '/late' });
  late.on('error', () => undefined);
  late.end(Buffer.alloc(500_000));
  expect(await answerOf(late)).toMatchObject({ status: 429, body: Buffer.from('noRoom') });
  half.close(constants.NGHTTP2_CANCEL);
  await until(() => bodies.held === 100);
  served.requests.find(({ head }) => head.target === '/whole')?.respond(200, [], [Buffer.from('ok')]);
  expect([(await answerOf(whole)).status, bodies.held, served.connection.underWay]).toEqual([200, 0, 0]);
  client.destroy();
});

test('an idle connection is closed after a while, one with a watch is not', async () => {
  const [idle, watched] = [serve(), serve()];
  const [idleClient, watchedClient] = [session(idle), session(watched)];
  watchedClient.request({ ':path': '/' });
  await until(() => watched.requests.length === 1);
  idleClient.ping(() => undefined);
  for (let i = 0; i < 50; i++) { idle.connection.closeIfIdle(); watched.connection.closeIfIdle(); await turn(); }
  await until(() => idleClient.destroyed);
  expect(watchedClient.destroyed).toBe(false);
  watchedClient.destroy();
});

function frame(type: number, flags: number, streamId: number, payload: Buffer | string = NONE): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, bytes]);
}

/** Frames of the server, as `TYPE STREAM last-four-bytes`. */
function framesOf(bytes: Buffer): { type: number; streamId: number; code: number }[] {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    frames.push({ type: bytes[at + 3] ?? 0, streamId: bytes.readUInt32BE(at + 5), code: length >= 4 ? bytes.readUInt32BE(at + 9 + length - 4) : 0 });
    at += 9 + length;
  }
  return frames;
}

async function talk(frames: readonly Buffer[], onRequest?: (stream: Http2Stream) => void): Promise<ReturnType<typeof framesOf>> {
  const { client, connection } = serve(onRequest);
  const received: Buffer[] = [];
  client.on('data', (chunk: Buffer) => { received.push(chunk); });
  for (const one of frames) client.write(one);
  for (let i = 0; i < 10; i++) await turn();
  connection.destroy();
  return framesOf(Buffer.concat(received));
}

const HELLO = Buffer.concat([PREFACE, frame(FrameType.settings, 0, 0)]);
const GET = '828784'; // GET https /
const OPEN = Flag.endHeaders;
const WHOLE = Flag.endHeaders | Flag.endStream;

test.each<[string, ErrorCode, Buffer[]]>([
  ['something that is no HTTP/2', ErrorCode.protocolError, [Buffer.from('GET / HTTP/1.1\r\n\r\n______________')]],
  ['another frame before the settings', ErrorCode.protocolError, [PREFACE, frame(FrameType.ping, 0, 0, '0000000000000000')]],
  ['a frame that is too large', ErrorCode.frameSizeError, [HELLO, frame(FrameType.data, 0, 1, Buffer.alloc(16_385))]],
  ['an even stream', ErrorCode.protocolError, [HELLO, frame(FrameType.headers, WHOLE, 2, GET)]],
  ['a block that cannot be read', ErrorCode.compressionError, [HELLO, frame(FrameType.headers, WHOLE, 1, 'ff')]],
  ['another frame inside a header block', ErrorCode.protocolError, [HELLO, frame(FrameType.headers, 0, 1, GET), frame(FrameType.ping, 0, 0, '0000000000000000')]],
  ['a continuation of nothing', ErrorCode.protocolError, [HELLO, frame(FrameType.continuation, Flag.endHeaders, 1, GET)]],
  ['continuations without end', ErrorCode.enhanceYourCalm, [HELLO, frame(FrameType.headers, 0, 1, GET), ...Array.from({ length: 200 }, () => frame(FrameType.continuation, 0, 1))]],
  ['data for a stream that is not open', ErrorCode.protocolError, [HELLO, frame(FrameType.data, 0, 1, '00')]],
  ['more padding than frame', ErrorCode.protocolError, [HELLO, frame(FrameType.headers, OPEN, 1, GET), frame(FrameType.data, Flag.padded, 1, 'ff00')]],
  ['a reset of a stream that is not open', ErrorCode.protocolError, [HELLO, frame(FrameType.rstStream, 0, 1, '00000008')]],
  ['a push', ErrorCode.protocolError, [HELLO, frame(FrameType.pushPromise, OPEN, 1, GET)]],
  ['settings of half a setting', ErrorCode.frameSizeError, [HELLO, frame(FrameType.settings, 0, 0, '000400')]],
  ['a window that is too large', ErrorCode.flowControlError, [HELLO, frame(FrameType.settings, 0, 0, '000480000000')]],
  ['a window that grows beyond the largest', ErrorCode.flowControlError, [HELLO, frame(FrameType.windowUpdate, 0, 0, '7fffffff')]],
  ['a window that grows by nothing', ErrorCode.protocolError, [HELLO, frame(FrameType.windowUpdate, 0, 0, '00000000')]],
  ['a ping of the wrong size', ErrorCode.frameSizeError, [HELLO, frame(FrameType.ping, 0, 0, '00')]],
  ['requests that are all taken back', ErrorCode.enhanceYourCalm, [HELLO, ...Array.from({ length: 1100 }, (_, i) => Buffer.concat([frame(FrameType.headers, WHOLE, 2 * i + 1, GET), frame(FrameType.rstStream, 0, 2 * i + 1, '00000008')]))]],
  ['requests that the server is made to take back', ErrorCode.enhanceYourCalm, [HELLO, ...Array.from({ length: 1100 }, (_, i) => Buffer.concat([frame(FrameType.headers, WHOLE, 2 * i + 1, GET), frame(FrameType.windowUpdate, 0, 2 * i + 1, '00000000')]))]],
  ['pings without end', ErrorCode.enhanceYourCalm, [HELLO, ...Array.from({ length: 101 }, () => Buffer.concat(Array.from({ length: 100 }, () => frame(FrameType.ping, 0, 0, '0000000000000000'))))]],
  ['settings without end', ErrorCode.enhanceYourCalm, [HELLO, ...Array.from({ length: 101 }, () => Buffer.concat(Array.from({ length: 100 }, () => frame(FrameType.settings, 0, 0))))]],
  ['priorities without end', ErrorCode.enhanceYourCalm, [HELLO, ...Array.from({ length: 101 }, () => Buffer.concat(Array.from({ length: 100 }, () => frame(FrameType.priority, 0, 1, '0000000000'))))]],
  ['data of nothing without end', ErrorCode.enhanceYourCalm, [HELLO, frame(FrameType.headers, OPEN, 1, GET), ...Array.from({ length: 101 }, () => Buffer.concat(Array.from({ length: 100 }, () => frame(FrameType.data, Flag.padded, 1, '0100'))))]],
])('%s ends the connection with error %i', async (_, code, frames) => {
  expect((await talk(frames)).at(-1)).toEqual({ type: FrameType.goaway, streamId: 0, code });
});

test.each<[string, ErrorCode, Buffer[]]>([
  ['a head without a path', ErrorCode.protocolError, [frame(FrameType.headers, WHOLE, 1, '8287')]],
  ['data behind the end', ErrorCode.streamClosed, [frame(FrameType.headers, WHOLE, 1, GET), frame(FrameType.data, 0, 1, '00')]],
  ['trailers that do not end the body', ErrorCode.protocolError, [frame(FrameType.headers, OPEN, 1, GET), frame(FrameType.headers, OPEN, 1, '8287')]],
  ['another length than announced', ErrorCode.protocolError, [frame(FrameType.headers, OPEN, 1, `${GET}0f0d0135`), frame(FrameType.data, Flag.endStream, 1, '00')]],
])('%s resets the stream with error %i and no other', async (_, code, frames) => {
  const received = await talk([HELLO, ...frames, frame(FrameType.headers, WHOLE, 3, GET)], (stream) => { if (stream.id === 3) stream.respond(204, [], []); });
  expect(received.filter(({ type }) => type === FrameType.rstStream || type === FrameType.headers)).toEqual([{ type: FrameType.rstStream, streamId: 1, code }, { type: FrameType.headers, streamId: 3, code: 0 }]);
});

test('more requests at once than are taken are refused, so that the client may send them again', async () => {
  const received = await talk([HELLO, ...Array.from({ length: 1001 }, (_, i) => frame(FrameType.headers, WHOLE, 2 * i + 1, GET))]);
  expect(received.filter(({ type }) => type === FrameType.rstStream)).toEqual([{ type: FrameType.rstStream, streamId: 2001, code: ErrorCode.refusedStream }]);
});

test('pings at the pace of a client are answered, however many', async () => {
  const { client, connection } = serve();
  let answers = 0;
  client.on('data', (chunk: Buffer) => { answers += framesOf(chunk).filter(({ type }) => type === FrameType.ping).length; });
  client.write(HELLO);
  for (let look = 1; look <= 3; look++) {
    client.write(Buffer.concat(Array.from({ length: 5_000 }, () => frame(FrameType.ping, 0, 0, '0000000000000000'))));
    await until(() => answers === look * 5_000);
    connection.closeIfIdle();
  }
  connection.destroy();
});

test('the last window that a settings frame names is the one that counts', async () => {
  const settings = Buffer.concat([...Array.from({ length: 2_000 }, (_, i) => Buffer.from(`0004${(i % 2 === 0 ? 0 : 0x7fffffff).toString(16).padStart(8, '0')}`, 'hex')), Buffer.from('000400000002', 'hex')]);
  const received = await talk([HELLO, frame(FrameType.settings, 0, 0, settings), frame(FrameType.headers, WHOLE, 1, GET)], (stream) => { stream.respond(200, [], [Buffer.from('body')]); });
  expect(received.filter(({ streamId }) => streamId === 1).map(({ type }) => type)).toEqual([FrameType.headers, FrameType.data]);
});

test('pings and settings are acknowledged; unknown frames, priorities and trailers are taken', async () => {
  let answered = 0;
  const received = await talk([
    HELLO, frame(FrameType.ping, 0, 0, '0000000012345678'), frame(0x42, 0, 0, 'abcd'), frame(FrameType.headers, Flag.endHeaders | Flag.priority | Flag.padded, 1, `0200000000ff${GET}0000`),
    frame(FrameType.priority, 0, 1, '0000000000'), frame(FrameType.headers, WHOLE, 1, '400161017a'), frame(FrameType.settings, 0, 0, `0001${'00000000'}`), frame(FrameType.headers, WHOLE, 3, `${GET}be`),
  ], (stream) => { answered++; stream.respond(200, [], []); });
  expect(received.map(({ type }) => type)).toEqual([FrameType.settings, FrameType.windowUpdate, FrameType.settings, FrameType.ping, FrameType.headers, FrameType.settings, FrameType.headers]);
  expect([answered, received[3]?.code]).toEqual([2, 0x12345678]);
  expect(Setting.headerTableSize).toBe(1);
});

test('shutDown says which requests are still answered, answers them, takes no others and ends the connection', async () => {
  const { client, connection, requests } = serve();
  const received: Buffer[] = [];
  let hasEnded = false;
  client.on('data', (chunk: Buffer) => { received.push(chunk); }).on('end', () => { hasEnded = true; });
  client.write(Buffer.concat([HELLO, frame(FrameType.headers, WHOLE, 1, GET)]));
  await until(() => requests.length === 1);
  connection.shutDown();
  client.write(frame(FrameType.headers, WHOLE, 3, GET));
  for (let i = 0; i < 5; i++) await turn();
  expect([requests.length, hasEnded]).toEqual([1, false]);
  requests[0]?.respond(200, [], [Buffer.from('done')]);
  await until(() => hasEnded);
  expect(framesOf(Buffer.concat(received)).map(({ type, streamId }) => [type, streamId]).slice(3)).toEqual([[FrameType.goaway, 0], [FrameType.headers, 1], [FrameType.data, 1]]);
  expect(Buffer.concat(received).readUInt32BE(Buffer.concat(received).lastIndexOf(Buffer.from([FrameType.goaway, 0, 0, 0, 0, 0])) + 6)).toBe(1); // the last stream that is answered
});

test('frames are found wherever the connection cuts them', async () => {
  const bytes = Buffer.concat([HELLO, frame(FrameType.headers, OPEN, 1, GET), frame(FrameType.data, Flag.endStream, 1, 'abcdef')]);
  let body: Buffer = NONE;
  await talk(Array.from(bytes, (byte) => Buffer.from([byte])), (stream) => { body = stream.takeBody(NONE); });
  expect(body.toString('hex')).toBe('abcdef');
});

import { createServer, constants, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ClientConnection } from './client-connection.ts';
import type { ClientStream, StreamEnd } from './client-stream.ts';
import { encodeFields } from './hpack/header-encoder.ts';
import { ErrorCode, Flag, FrameType, PREFACE, uint32 } from './protocol.ts';

const NONE = Buffer.alloc(0);

interface Answer { headers: string[]; body: Buffer; end: StreamEnd }

/** Asks, and reads the answer to its end; `onData` false leaves it unread. */
function ask(connection: ClientConnection, { path = '/', body = NONE, reads = true }: { path?: string; body?: Buffer; reads?: boolean } = {}): { stream: ClientStream; answer: Promise<Answer>; received: () => number } {
  const headers: string[] = [];
  const pieces: Buffer[] = [];
  let received = 0;
  let stream: ClientStream | undefined;
  const answer = new Promise<Answer>((resolve) => {
    stream = connection.open([encodeFields([[':method', 'POST'], [':scheme', 'http'], [':path', path]]), encodeFields([[':authority', 'server']])], {
      onHeaders: (fields) => { for (const { name, value } of fields) headers.push(`${name}: ${value}`); },
      onData: (piece) => { received += piece.length; pieces.push(piece); if (reads) stream?.consumed(piece.length); },
      onEnd: (end) => resolve({ headers, body: Buffer.concat(pieces), end }),
    });
    stream.end(body);
  });
  return { stream: stream as ClientStream, answer, received: () => received }; // the promise's function runs at once
}

async function until(condition: () => boolean): Promise<void> { while (!condition()) await new Promise((resolve) => { setImmediate(resolve); }); }

describe("beside Node's own server", () => {
  const servers: Http2Server[] = [];
  const connections: ClientConnection[] = [];
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.destroy(new Error('the test is over'));
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(onStream: (stream: ServerHttp2Stream, path: string, body: Buffer) => void, settings: Parameters<typeof createServer>[0] = {}): Promise<{ connection: ClientConnection; server: Http2Server }> {
    const server = createServer(settings);
    servers.push(server);
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => onStream(stream, String(headers[':path']), Buffer.concat(chunks)));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const connection = new ClientConnection({ socket: connect((server.address() as AddressInfo).port, '127.0.0.1'), readyEvent: 'connect' }); // a TCP server's address
    connections.push(connection);
    connection.start();
    return { connection, server };
  }

  const echo = (stream: ServerHttp2Stream, path: string, body: Buffer): void => {
    stream.respond({ ':status': 200, 'x-path': path }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(body);
  };

  test('many questions at once get their own answers, with trailers', async () => {
    const { connection } = await serve(echo);
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => ask(connection, { path: `/${n}`, body: Buffer.alloc(n * 9_000, n) }).answer));
    expect(answers.map(({ headers }) => headers.filter((header) => /^(:status|x-path|grpc)/.test(header)))).toEqual(answers.map((_, n) => [':status: 200', `x-path: /${n}`, 'grpc-status: 0']));
    expect(answers.map(({ body }) => body.length)).toEqual(answers.map((_, n) => n * 9_000));
    expect(answers.every(({ body, end }, n) => end.error === undefined && body.every((byte) => byte === n))).toBe(true);
  });

  test('sends large bodies as the windows open, and small ones past them', async () => {
    const { connection } = await serve(echo, { settings: { initialWindowSize: 20_000 } });
    const [large, small] = await Promise.all([ask(connection, { body: Buffer.alloc(2_000_000, 'x') }).answer, ask(connection, { body: Buffer.from('small') }).answer]);
    expect([large.body.length, small.body.toString()]).toEqual([2_000_000, 'small']);
  });

  test('a stream that nobody reads stops at its window, and the others go on', async () => {
    const { connection } = await serve((stream, path) => { stream.respond({ ':status': 200 }); stream.end(Buffer.alloc(path === '/slow' ? 6_000_000 : 20_000_000)); });
    const slow = ask(connection, { path: '/slow', reads: false });
    const { body } = await ask(connection, { path: '/quick' }).answer;
    expect(body.length).toBe(20_000_000);
    expect(slow.received()).toBe(4 * 1024 * 1024);
    slow.stream.consumed(slow.received());
    expect((await slow.answer).body.length).toBe(6_000_000);
  });

  test('beyond what the server takes at once, questions wait; taken back, they never left', async () => {
    const held: ServerHttp2Stream[] = [];
    const { connection } = await serve((stream, path) => { if (path === '/held') held.push(stream); else stream.respond({ ':status': 204 }, { endStream: true }); }, { settings: { maxConcurrentStreams: 2 } });
    await ask(connection).answer; // the server's settings are known now
    const asked = Array.from({ length: 4 }, () => ask(connection, { path: '/held' }));
    expect(asked.map(({ stream }) => stream.id)).toEqual([3, 5, 0, 0]);
    asked[2]?.stream.cancel();
    await until(() => held.length === 2);
    held[0]?.respond({ ':status': 204 }, { endStream: true });
    await until(() => held.length === 3);
    held[2]?.respond({ ':status': 204 }, { endStream: true });
    expect((await asked[3]?.answer)?.headers[0]).toBe(':status: 204');
    expect(asked.map(({ stream }) => stream.id)).toEqual([3, 5, 0, 7]);
  });

  test('answers pings and has its own answered, one at a time', async () => {
    const { connection } = await serve(echo);
    let answers = 0;
    expect([connection.ping(() => { answers++; }), connection.ping(() => { answers++; })]).toEqual([true, false]);
    await until(() => answers === 1);
    expect(connection.ping(() => undefined)).toBe(true);
  });

  test.each([
    [constants.NGHTTP2_REFUSED_STREAM, true],
    [constants.NGHTTP2_INTERNAL_ERROR, false],
  ])('a reset with code %i leaves the question untouched: %p', async (code, isUntouched) => {
    const { connection } = await serve((stream) => stream.close(code));
    expect((await ask(connection).answer).end).toMatchObject({ isUntouched, error: expect.any(Error) });
  });

  test('what was asked on a connection that breaks has an unknown fate', async () => {
    const { connection } = await serve((stream) => { stream.session?.destroy(); });
    expect((await ask(connection).answer).end).toMatchObject({ isUntouched: false, error: expect.any(Error) });
    expect(connection.isOpen).toBe(false);
  });
});

test('where nobody listens, nothing has left', async () => {
  const server = createTcpServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo; // a TCP server's address
  await new Promise((resolve) => { server.close(resolve); });
  const connection = new ClientConnection({ socket: connect(port, '127.0.0.1'), readyEvent: 'connect' });
  connection.start();
  expect((await ask(connection).answer).end).toMatchObject({ isUntouched: true, error: { code: 'ECONNREFUSED' } });
});

describe('a server that says goodbye or nonsense', () => {
  let server: Server;
  afterEach(() => { server.close(); });

  function frame(type: number, flags: number, streamId: number, payload: Buffer = NONE): Buffer {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(streamId, 5);
    return Buffer.concat([head, payload]);
  }

  /** Sends `frames` once `questions` heads of requests have come. */
  async function answering(frames: readonly Buffer[], questions: number): Promise<ClientConnection> {
    server = createTcpServer((socket: Socket) => {
      let bytes = NONE;
      socket.on('error', () => undefined);
      socket.write(frame(FrameType.settings, 0, 0));
      socket.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        let heads = 0;
        for (let at = PREFACE.length; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) if (bytes[at + 3] === FrameType.headers) heads++;
        if (heads >= questions) socket.write(Buffer.concat(frames));
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const connection = new ClientConnection({ socket: connect((server.address() as AddressInfo).port, '127.0.0.1'), readyEvent: 'connect' }); // a TCP server's address
    connection.start();
    return connection;
  }

  const OK_BLOCK = Buffer.of(0x88);

  test('streams beyond its last are untouched, those before end well, no new ones are taken', async () => {
    const goaway = frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(1), uint32(0)]));
    const connection = await answering([goaway, frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, OK_BLOCK)], 2);
    const [first, second] = await Promise.all([ask(connection).answer, ask(connection).answer]);
    expect(first).toMatchObject({ headers: [':status: 200'], end: { isUntouched: false } });
    expect(first.end.error).toBeUndefined();
    expect(second.end).toMatchObject({ isUntouched: true, error: { message: 'the other side says goodbye' } });
    expect([connection.isOpen, connection.isOver]).toEqual([false, true]);
  });

  test.each<[string, Buffer]>([
    ['an answer to nothing', frame(FrameType.headers, Flag.endHeaders, 7, OK_BLOCK)],
    ['data of a stream that was never opened', frame(FrameType.data, 0, 7)],
    ['a push', frame(FrameType.pushPromise, 0, 1)],
    ['a block that refers to nothing', frame(FrameType.headers, Flag.endHeaders, 1, Buffer.of(0xff, 0x7f))],
    ['an interrupted block', Buffer.concat([frame(FrameType.headers, 0, 1, OK_BLOCK), frame(FrameType.ping, 0, 0, Buffer.alloc(8))])],
    ['a continuation of nothing', frame(FrameType.continuation, 0, 1)],
    ['a frame beyond all measure', Buffer.from('ffffff000000000001', 'hex')],
    ['padding beyond the frame', frame(FrameType.data, Flag.padded, 1, Buffer.of(9))],
    ['a window beyond all measure', frame(FrameType.windowUpdate, 0, 0, uint32(2 ** 31 - 1))],
    ['settings of a wrong size', frame(FrameType.settings, 0, 0, Buffer.alloc(5))],
    ['a reset of a wrong size', frame(FrameType.rstStream, 0, 1, uint32(ErrorCode.cancel).subarray(1))],
  ])('%s ends the connection, with an unknown fate', async (_, nonsense) => {
    const connection = await answering([nonsense], 1);
    expect((await ask(connection).answer).end).toMatchObject({ isUntouched: false, error: expect.any(Error) });
    expect(connection.isOpen).toBe(false);
  });

  test('padding and priorities of answers are passed over', async () => {
    const connection = await answering([
      frame(FrameType.headers, Flag.endHeaders | Flag.padded | Flag.priority, 1, Buffer.concat([Buffer.of(3), Buffer.alloc(5), OK_BLOCK, Buffer.alloc(3)])),
      frame(FrameType.data, Flag.endStream | Flag.padded, 1, Buffer.concat([Buffer.of(2), Buffer.from('text'), Buffer.alloc(2)])),
    ], 1);
    expect(await ask(connection).answer).toMatchObject({ headers: [':status: 200'], body: Buffer.from('text') });
    connection.destroy(new Error('the test is over'));
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { createFakeClock } from '@kubernode/testing';
import { MessageCodec } from '../protobuf/message-codec.ts';
import { CriError, openCriChannel, type CriChannel } from './cri-channel.ts';
import { criTable } from './message-table.ts';

const VERSION = new MessageCodec(criTable).encode('VersionResponse', { runtimeName: 'containerd' });
const EMPTY = Buffer.of(0, 0, 0, 0, 0);

let folder = '';
let socket = '';
let server: Http2Server | undefined;
let channel: CriChannel;
const connections = new Set<unknown>();
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kubernode-cri-'));
  socket = path.join(folder, 'runtime.sock');
  channel = openCriChannel(`unix://${socket}`, { clock: systemClock });
});
afterEach(() => {
  channel.close();
  server?.close();
  server = undefined;
  connections.clear();
  rmSync(folder, { recursive: true });
});

/** A container runtime that answers as it is told. */
async function serve(onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void): Promise<void> {
  const started = createServer();
  server = started;
  started.on('session', (session) => { connections.add(session); });
  started.on('stream', (stream, headers) => { stream.on('error', () => undefined); onStream(stream, headers); });
  await new Promise<void>((resolve) => { started.listen(socket, resolve); });
}

function answer(stream: ServerHttp2Stream, trailers: Record<string, string>, body: readonly Buffer[] = [VERSION]): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const piece of body) stream.write(piece);
  stream.end();
}

/** A message of the event service: an envelope around an event of one container, and of what ran inside it. */
function taskEvent(containerId: string, id: string): Buffer {
  const field = (number: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(number << 3 | 2, value.length), value]);
  const message = field(4, field(2, Buffer.concat([field(1, Buffer.from(containerId)), field(2, Buffer.from(id))])));
  return Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]);
}

const faultOf = (call: Promise<unknown>): Promise<object> => call.then(() => ({}), (error: unknown) => (error instanceof CriError ? { code: error.code, message: error.message } : { error }));

test('a call says where it belongs and how long it may take, and all go over one connection', async () => {
  const seen: unknown[] = [];
  await serve((stream, headers) => { seen.push([headers[':path'], headers[':authority'], headers['grpc-timeout'], headers['traceparent']]); answer(stream, { 'grpc-status': '0' }, [seen.length === 1 ? VERSION : EMPTY]); });
  expect(await channel.call('Version', { version: 'v1' })).toMatchObject({ runtimeName: 'containerd' });
  await channel.call('ImageStatus', {}, { timeoutMs: 1_499.2, traceparent: 'parent' });
  expect(seen).toEqual([['/runtime.v1.RuntimeService/Version', 'localhost', '120000m', undefined], ['/runtime.v1.ImageService/ImageStatus', 'localhost', '1500m', 'parent']]);
  expect(connections.size).toBe(1);
});

test.each<[string, (stream: ServerHttp2Stream) => void, object]>([
  ['a refusal', (stream) => answer(stream, { 'grpc-status': '5', 'grpc-message': 'no%20such sandbox' }, []), { code: 'NOT_FOUND', message: 'no such sandbox' }],
  ['a refusal with a number that gRPC does not have', (stream) => answer(stream, { 'grpc-status': '99', 'grpc-message': 'odd' }, []), { code: 'UNKNOWN', message: 'odd' }],
  ['no message', (stream) => answer(stream, { 'grpc-status': '0' }, []), { code: 'INTERNAL', message: 'an answer without a message' }],
  ['a message that is none', (stream) => answer(stream, { 'grpc-status': '0' }, [Buffer.of(0, 0, 0, 0, 1, 0xff)]), { code: 'INTERNAL' }],
  ['an end without a status', (stream) => answer(stream, {}), { code: 'UNAVAILABLE', message: 'the stream was closed' }],
  ['a connection that breaks', (stream) => stream.session?.destroy(), { code: 'UNAVAILABLE', message: 'the connection was closed' }],
])('%s is an error with gRPC\'s name', async (_, onStream, expected) => {
  await serve(onStream);
  expect(await faultOf(channel.call('Version', {}))).toMatchObject(expected);
});

test('calls before the runtime is there, and after it went, are unavailable; later ones reach it', async () => {
  expect(await faultOf(channel.call('Version', {}))).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('ENOENT') });
  await serve((stream) => { if (connections.size === 1) stream.session?.destroy(); else answer(stream, { 'grpc-status': '0' }); });
  expect(await faultOf(channel.call('Version', {}))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await channel.call('Version', {})).toMatchObject({ runtimeName: 'containerd' });
});

test('a call is taken back when its time is over, and when it is aborted, for whatever reason', async () => {
  const held: ServerHttp2Stream[] = [];
  await serve((stream) => { held.push(stream); if (held.length > 2) answer(stream, { 'grpc-status': '0' }); });
  expect(await faultOf(channel.call('Version', {}, { timeoutMs: 60 }))).toEqual({ code: 'DEADLINE_EXCEEDED', message: 'no answer to /runtime.v1.RuntimeService/Version in time' });
  const controller = new AbortController();
  const aborted = faultOf(channel.call('Version', {}, { signal: controller.signal }));
  while (held.length < 2) await systemClock.sleep(5);
  controller.abort(new Error('the pod is gone'));
  const cancelled = { code: 'CANCELLED', message: 'the call of /runtime.v1.RuntimeService/Version was cancelled' };
  expect([await aborted, await faultOf(channel.call('Version', {}, { signal: controller.signal }))]).toEqual([cancelled, cancelled]);
  await channel.call('Version', {});
  expect([held.map(({ destroyed }) => destroyed), connections.size]).toEqual([[true, true, expect.anything()], 1]);
});

test('a runtime that is silent is not asked whether it lives', async () => {
  const clock = createFakeClock();
  const patient = openCriChannel(socket, { clock });
  const held: ServerHttp2Stream[] = [];
  let pings = 0;
  await serve((stream) => { stream.session?.on('ping', () => { pings++; }); held.push(stream); });
  const pulled = patient.call('PullImage', {}, { timeoutMs: 600_000 });
  while (held.length === 0) await systemClock.sleep(5);
  await clock.advance(599_000);
  if (held[0] !== undefined) answer(held[0], { 'grpc-status': '0' }, [EMPTY]);
  await pulled;
  expect(pings).toBe(0);
  patient.close();
});

test('taskEvents names the containers that ended, not what ran inside them, until the signal', async () => {
  await serve((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    for (const [container, id] of [['a', ''], ['b', 'command'], ['c', 'c']] as const) stream.write(taskEvent(container, id));
  });
  const controller = new AbortController();
  const seen: string[] = [];
  for await (const id of channel.taskEvents(controller.signal)) if (seen.push(id) === 2) controller.abort();
  expect(seen).toEqual(['a', 'c']);
});

test('taskEvents fails where there is no such service', async () => {
  await serve((stream) => stream.respond({ ':status': 200, 'grpc-status': '12', 'grpc-message': 'unknown service' }, { endStream: true }));
  const events = channel.taskEvents(new AbortController().signal)[Symbol.asyncIterator]();
  expect(await faultOf(events.next())).toEqual({ code: 'UNIMPLEMENTED', message: 'unknown service' });
});

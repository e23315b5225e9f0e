import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { encodeData, SpdyDecoder, type SpdyFrame } from './spdy-frames.ts';
import type { Streams } from './stream-target.ts';
import { type Channels, joinWebsocketExec } from './websocket-exec.ts';

const ALL: Streams = { stdin: true, stdout: true, stderr: true, tty: false };
/** Ids in the order that streams are opened: error, stdin, stdout, stderr. */
const ID = { error: 1, stdin: 3, stdout: 5, stderr: 7 };
const SUCCESS = '{"metadata":{},"status":"Success"}';

/** A client and a runtime, with the join between them. */
function joined(streams: Streams = ALL) {
  const sent: string[] = [];
  let closed: number | undefined;
  const client = Object.assign(new EventEmitter(), {
    bufferedAmount: 0, pauses: 0,
    send(data: Buffer, done?: () => void) { sent.push(`${data[0]}:${data.toString('utf8', 1)}`); done?.(); },
    close(code: number) { closed = code; }, pause() { this.pauses++; }, resume() { this.pauses = 0; },
  });
  const toRuntime: Buffer[] = [];
  const socket = new Duplex({ read() { /* pushed from outside */ }, write(chunk: Buffer, _encoding, done) { toRuntime.push(chunk); setImmediate(done); } });
  joinWebsocketExec(client as unknown as Channels, { socket, head: Buffer.alloc(0), streams }); // the part of a websocket that is used
  const settled = async (): Promise<void> => { for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => { setImmediate(resolve); }); };
  return {
    sent, client, socket, settled, closed: () => closed,
    async runtime(...frames: Buffer[]) { for (const frame of frames) socket.push(frame); await settled(); },
    fromClient: (...bytes: (number | string)[]) => client.emit('message', Buffer.concat(bytes.map((one) => Buffer.from(typeof one === 'number' ? [one] : one)))),
    frames: (): SpdyFrame[] => [...new SpdyDecoder().push(Buffer.concat(toRuntime))].filter(({ kind }) => kind !== 'other'),
  };
}

const end = (stream: number): Buffer => encodeData(stream, Buffer.alloc(0), { fin: true });

describe('joinWebsocketExec', () => {
  it('carries output and the end, and closes when all output has ended', async () => {
    const { runtime, sent, closed } = joined();
    await runtime(encodeData(ID.stdout, Buffer.from('out')), encodeData(ID.stderr, Buffer.from('err')), end(ID.stdout), end(ID.stderr));
    expect(closed()).toBeUndefined();
    await runtime(encodeData(ID.error, Buffer.from(SUCCESS)), end(ID.error));
    expect([sent, closed()]).toEqual([['1:', '1:out', '2:err', `3:${SUCCESS}`], 1000]);
  });

  it('half-closes standard input, once', async () => {
    const { fromClient, frames, settled } = joined();
    fromClient(0, 'input');
    fromClient(255, 0);
    fromClient(255, 0);
    fromClient(0, 'too late');
    fromClient(9, 'of no channel');
    await settled();
    expect(frames()).toEqual([{ kind: 'data', stream: ID.stdin, fin: false, payload: Buffer.from('input') }, { kind: 'data', stream: ID.stdin, fin: true, payload: Buffer.alloc(0) }]);
  });

  it('passes sizes of the terminal', async () => {
    const { fromClient, frames, settled } = joined({ stdin: false, stdout: true, stderr: false, tty: true });
    fromClient(0, 'nobody reads this');
    fromClient(4, '{"Width":80,"Height":24}');
    await settled();
    expect(frames()).toEqual([{ kind: 'data', stream: 5, fin: false, payload: Buffer.from('{"Width":80,"Height":24}') }]);
  });

  it.each<[string, (world: ReturnType<typeof joined>) => Promise<void>]>([
    ['breaks off', async ({ socket, settled }) => { socket.destroy(); await settled(); }],
    ['says goodbye', async ({ runtime }) => { await runtime(Buffer.from([0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0])); }],
    ['speaks something else', async ({ runtime }) => { await runtime(Buffer.from('\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1')); }],
    ['resets all streams', async ({ runtime }) => { await runtime(...[ID.error, ID.stdout, ID.stderr].map((id) => Buffer.from([0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, id, 0, 0, 0, 5]))); }],
  ])('tells of an error when the runtime %s', async (_title, happen) => {
    const world = joined();
    await happen(world);
    const status: unknown = JSON.parse(world.sent.at(-1)?.slice(2) ?? '{}');
    expect([world.sent.length, status, world.closed()]).toEqual([2, expect.objectContaining({ status: 'Failure', reason: 'InternalError', code: 500 }), 1000]);
  });

  it('ignores storms of resets, of frames for no stream, and what comes after the end', async () => {
    const { runtime, sent } = joined();
    const reset = (id: number): Buffer => Buffer.from([0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, id, 0, 0, 0, 5]);
    await runtime(...Array.from({ length: 1000 }, (_, i) => reset(100 + (i % 100))), encodeData(77, Buffer.from('x')), encodeData(ID.stdin, Buffer.from('x')));
    await runtime(end(ID.stdout), encodeData(ID.stdout, Buffer.from('late')), end(ID.stderr), encodeData(ID.error, Buffer.from(SUCCESS)), end(ID.error), encodeData(ID.error, Buffer.from('again')));
    expect(sent).toEqual(['1:', `3:${SUCCESS}`]);
  });

  it('stops reading the runtime while the client lags behind, and the client while the runtime does', async () => {
    const { client, socket, runtime, fromClient } = joined();
    client.bufferedAmount = 2 ** 20;
    await runtime(encodeData(ID.stdout, Buffer.from('x')));
    expect(socket.isPaused()).toBe(true);
    for (let i = 0; i < 20; i++) fromClient(0, 'x'.repeat(100_000)); // nobody drains in this turn
    expect(client.pauses).toBeGreaterThan(0);
  });

  it('leaves the runtime when the client does', async () => {
    const { client, socket, settled } = joined();
    client.emit('close');
    await settled();
    expect(socket.destroyed).toBe(true);
  });
});

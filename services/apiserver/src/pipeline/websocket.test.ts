import { PassThrough } from 'node:stream';
import type { StreamAnswer } from './api-request.ts';
import { asksForWebSocket, frame, FrameReader, overWebSocket } from './websocket.ts';

const masked = (opcode: number, text: string): Buffer => {
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length]), mask, Buffer.from(Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0)))]);
};

describe('asksForWebSocket', () => {
  it.each([['websocket', 'https', true], ['WebSocket', 'https', true], ['SPDY/3.1', 'https', false], ['websocket', 'grpc', false]] as const)('upgrade %s over %s: %j', (upgrade, transport, asks) => {
    expect(asksForWebSocket({ transport, headers: { upgrade, 'sec-websocket-key': 'k' } })).toBe(asks);
  });
});

test.each([[5, [0x81, 5]], [125, [0x81, 125]], [126, [0x81, 126, 0, 126]], [70_000, [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]]])('frame of %i bytes', (length, head) => {
  const whole = frame(1, Buffer.alloc(length));
  expect([[...whole.subarray(0, head.length)], whole.length]).toEqual([head, head.length + length]);
});

describe('FrameReader', () => {
  it.each([1, 3, 1000])('answers pings and sees the end, %i bytes at a time', (size) => {
    const written: Buffer[] = [];
    let ended = 0;
    const reader = new FrameReader({ write: (chunk: Buffer) => { written.push(chunk); return true; } } as never, () => { ended++; });
    const bytes = Buffer.concat([masked(1, 'text that nobody reads'), masked(9, 'beat'), masked(2, ''), masked(8, '')]);
    for (let at = 0; at < bytes.length; at += size) reader.take(bytes.subarray(at, at + size));
    expect([Buffer.concat(written), ended]).toEqual([frame(0xa, Buffer.from('beat')), 1]);
  });

  it('holds no more than a head of what it skips', () => {
    let ended = 0;
    const reader = new FrameReader({ write: () => true } as never, () => { ended++; });
    reader.take(Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]));
    for (let i = 0; i < 100; i++) reader.take(Buffer.alloc(1000, 0x88)); // looks like closings, is payload
    expect(ended).toBe(0);
  });
});

test('overWebSocket shakes hands as RFC 6455 has it and ends when the stream does', async () => {
  const socket = new PassThrough();
  const sent: Buffer[] = [];
  socket.write = ((chunk: Buffer | string) => { sent.push(Buffer.from(chunk)); return true; }) as typeof socket.write;
  const closed = new Promise<void>((resolve) => { socket.end = ((chunk: Buffer) => { sent.push(chunk); resolve(); return socket; }) as typeof socket.end; });
  const answer: StreamAnswer = { kind: 'stream', status: 200, contentType: 'application/json', write: async (sink) => { sink.write([Buffer.from('one'), Buffer.from('two')]); } };
  overWebSocket({ headers: { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } }, answer, { message: (piece) => piece, text: true }).accept(socket, Buffer.alloc(0));
  await closed;
  expect(sent[0]?.toString()).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  expect(sent.slice(1)).toEqual([frame(1, Buffer.from('one')), frame(1, Buffer.from('two')), frame(8, Buffer.from([3, 232]))]);
});

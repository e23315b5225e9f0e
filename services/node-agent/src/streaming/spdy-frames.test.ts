import { createInflate } from 'node:zlib';
import { encodeData, encodePing, encodeSynStream, SpdyDecoder, SpdyError, type SpdyFrame } from './spdy-frames.ts';

/** All frames, with the pieces of one data frame joined. */
function decodeAll(bytes: Buffer, chunkBytes: number): SpdyFrame[] {
  const decoder = new SpdyDecoder();
  const frames: SpdyFrame[] = [];
  for (let i = 0; i < bytes.length; i += chunkBytes) {
    for (const frame of decoder.push(bytes.subarray(i, i + chunkBytes))) {
      const last = frames.at(-1);
      if (frame.kind === 'data' && last?.kind === 'data' && last.stream === frame.stream && !last.fin) frames.splice(-1, 1, { ...frame, payload: Buffer.concat([last.payload, frame.payload]) });
      else frames.push(frame);
    }
  }
  return frames;
}

function control(type: number, payload: Buffer, { version = 3, flags = 0 } = {}): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(0x80_00 | version, 0);
  header.writeUInt16BE(type, 2);
  header[4] = flags;
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}

const word = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value, 0); return bytes; };

test.each([1, 3, 8, 1000])('SpdyDecoder: frames are the same however bytes arrive (%d at once)', (chunkBytes) => {
  const bytes = Buffer.concat([encodeData(5, Buffer.from('hello')), encodePing(Buffer.from([0, 0, 0, 2])), encodeData(7, Buffer.alloc(0), { fin: true })]);
  expect(decodeAll(bytes, chunkBytes)).toEqual([
    { kind: 'data', stream: 5, fin: false, payload: Buffer.from('hello') }, { kind: 'ping', payload: Buffer.from([0, 0, 0, 2]) }, { kind: 'data', stream: 7, fin: true, payload: Buffer.alloc(0) },
  ]);
});

test.each<[string, Buffer, SpdyFrame[]]>([
  ['reply, reset, goaway', Buffer.concat([control(2, word(3), { flags: 1 }), control(3, Buffer.concat([word(3), word(5)])), control(7, Buffer.alloc(8))]), [{ kind: 'reply', stream: 3, fin: true }, { kind: 'reset', stream: 3 }, { kind: 'goaway' }]],
  ['unknown frames', Buffer.concat([control(99, Buffer.from('what')), control(4, Buffer.alloc(0))]), [{ kind: 'other' }, { kind: 'other' }]],
  ['the highest bit of a stream', control(2, word(0xff_ff_ff_ff)), [{ kind: 'reply', stream: 0x7f_ff_ff_ff, fin: false }]],
])('SpdyDecoder: %s', (_title, bytes, want) => { expect(decodeAll(bytes, 5)).toEqual(want); });

test.each([
  ['a control frame without end', control(1, Buffer.alloc(0)).fill(0xff, 5)],
  ['a frame that names no stream', control(3, Buffer.alloc(3))],
  ['another version', control(6, word(1), { version: 2 })],
  ['what is no SPDY', Buffer.from('\xfftp/1.1 400 Bad Request\r\n\r\n', 'latin1')],
])('SpdyDecoder refuses %s', (_title, bytes) => { expect(() => [...new SpdyDecoder().push(bytes)]).toThrow(SpdyError); });

test('SpdyDecoder hands on what comes of a long frame at once', () => {
  const decoder = new SpdyDecoder();
  const header = Buffer.from([0, 0, 0, 1, 1, 0xff, 0xff, 0xff]); // 16 MiB, the last of its stream
  expect([...decoder.push(header)]).toEqual([]);
  const piece = Buffer.alloc(1 << 20);
  for (let i = 0; i < 15; i++) expect([...decoder.push(piece)].map((frame) => frame.kind === 'data' && [frame.payload.length, frame.fin])).toEqual([[1 << 20, false]]);
  expect([...decoder.push(piece)].map((frame) => frame.kind === 'data' && [frame.payload.length, frame.fin])).toEqual([[(1 << 20) - 1, true]]);
});

test.each([0, 1, 32 * 1024, 32 * 1024 + 1, 20 * 1024 * 1024])('encodeData: %d bytes', (length) => {
  const payload = Buffer.alloc(length, 'x');
  expect(decodeAll(encodeData(9, payload, { fin: true }), 1 << 20)).toEqual(length <= 32 * 1024
    ? [{ kind: 'data', stream: 9, fin: true, payload }] : [expect.objectContaining({ stream: 9, fin: true })]);
  expect(Buffer.concat(decodeAll(encodeData(9, payload, { fin: true }), 1 << 20).map((frame) => (frame.kind === 'data' ? frame.payload : Buffer.alloc(0)))).equals(payload)).toBe(true);
});

test('encodeSynStream: header blocks are one deflate stream over the connection', async () => {
  const frames = [encodeSynStream(1, { streamType: 'error' }, { isFirst: true }), encodeSynStream(3, { streamType: 'stdin' }, { isFirst: false })];
  expect(frames[0]?.subarray(0, 4)).toEqual(Buffer.from([0x80, 3, 0, 1]));
  const inflate = createInflate();
  for (const frame of frames) inflate.write(frame.subarray(18));
  const chunks: Buffer[] = [];
  inflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => { inflate.flush(() => resolve()); });
  const text = Buffer.concat(chunks).toString('latin1');
  expect(text).toBe('\0\0\0\x01\0\0\0\x0astreamtype\0\0\0\x05error\0\0\0\x01\0\0\0\x0astreamtype\0\0\0\x05stdin');
});

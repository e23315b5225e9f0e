import { createInflate } from 'node:zlib';
import { encodeData, encodePing, encodeSynStream, SpdyDecoder, type SpdyFrame } from './spdy-frames.ts';

const decodeAll = (bytes: Buffer, chunkBytes: number): SpdyFrame[] => {
  const decoder = new SpdyDecoder();
  const frames: SpdyFrame[] = [];
  for (let i = 0; i < bytes.length; i += chunkBytes) frames.push(...decoder.push(bytes.subarray(i, i + chunkBytes)));
  return frames;
};

test.each([1, 3, 8, 1000])('SpdyDecoder: frames are the same however bytes arrive (%d at once)', (chunkBytes) => {
  const bytes = Buffer.concat([encodeData(5, Buffer.from('hello')), encodePing(Buffer.from([0, 0, 0, 2])), encodeData(7, Buffer.alloc(0), { fin: true })]);
  expect(decodeAll(bytes, chunkBytes)).toEqual([
    { kind: 'data', stream: 5, fin: false, payload: Buffer.from('hello') }, { kind: 'ping', payload: Buffer.from([0, 0, 0, 2]) }, { kind: 'data', stream: 7, fin: true, payload: Buffer.alloc(0) },
  ]);
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

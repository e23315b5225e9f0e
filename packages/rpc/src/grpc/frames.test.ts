import fc from 'fast-check';
import { GRPC_FRAME_HEAD_BYTES, MessageCutter } from './frames.ts';

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(GRPC_FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

test('messages come out whole and in order, however they were cut on the way', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (messages, sizes) => {
    const stream = Buffer.concat(messages.map(framed));
    const cutter = new MessageCutter();
    const found: Buffer[] = [];
    for (let at = 0, n = 0; at < stream.length; n++) {
      const size = sizes[n % sizes.length] as number; // there is one at least
      cutter.take(stream.subarray(at, at + size), found);
      at += size;
    }
    expect(found.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
  }));
});

test('a message that came in one piece is not copied', () => {
  const piece = framed(Buffer.from('text'));
  const found: Buffer[] = [];
  new MessageCutter().take(piece, found);
  expect(found[0]?.buffer).toBe(piece.buffer);
});

import { ownBytes } from './own-bytes.ts';

test.each(['', 'abc', 'größer €'])('ownBytes(%j) holds its text and no memory of others', (text) => {
  const bytes = ownBytes(text);
  expect([bytes.toString(), bytes.buffer.byteLength]).toEqual([text, bytes.length]);
});

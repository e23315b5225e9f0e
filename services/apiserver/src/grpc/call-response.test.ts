import type { StreamAnswer } from '../pipeline/api-request.ts';
import { callResponse } from './call-response.ts';

function stream(pieces: readonly Buffer[], parts: Partial<StreamAnswer> = {}): StreamAnswer {
  return {
    kind: 'stream', status: 201, contentType: 'text/plain', ...parts,
    write: async (sink, signal) => { for (const piece of pieces) if (!signal.aborted) sink.write([piece]); },
  };
}

test('callResponse collects what another server answers', async () => {
  expect(await callResponse(stream([Buffer.from('a'), Buffer.from('b')], { finite: true }))).toMatchObject({ status: 201, contentType: 'text/plain', body: Buffer.from('ab') });
});

test('callResponse refuses what lasts', async () => {
  expect((await callResponse(stream([Buffer.from('a')]))).status).toBe(500);
});

test('callResponse gives up on an answer that does not fit', async () => {
  const piece = Buffer.alloc(9 * 1024 * 1024);
  expect((await callResponse(stream([piece, piece, piece], { finite: true }))).status).toBe(500);
});

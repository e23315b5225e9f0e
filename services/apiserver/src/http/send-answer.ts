import type { ServerResponse } from 'node:http';
import type { Answer, BufferedAnswer, StreamAnswer, StreamSink } from '../pipeline/api-request.ts';
import { drained } from '../pipeline/drained.ts';

/** Pieces of a body up to this size go out as one write; larger ones one by one, waiting for the client between them. */
const JOINED_BYTES_MAX = 256 * 1024;

/** Writes an answer; settles when the last byte was handed to the connection. Upgrades are not its business. */
export async function sendAnswer(answer: Exclude<Answer, { kind: 'upgrade' }>, response: ServerResponse, options: { signal: () => AbortSignal; headOnly: boolean }): Promise<void> {
  if (answer.kind === 'stream') { await sendStream(answer, response, options.signal()); return; }
  const { body } = answer;
  const length = Buffer.isBuffer(body) ? body.length : body.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(answer.status, headersOf(answer, length));
  if (options.headOnly) { response.end(); return; }
  if (Buffer.isBuffer(body)) { response.end(body); return; }
  if (length <= JOINED_BYTES_MAX) { response.end(Buffer.concat(body, length)); return; }
  await sendPieces(body, response, options.signal());
}

function headersOf(answer: BufferedAnswer, length: number): Record<string, string | number> {
  const headers: Record<string, string | number> = { 'Audit-Id': '', 'Cache-Control': 'no-cache, private', 'Content-Length': length, ...(answer.contentType !== '' && { 'Content-Type': answer.contentType }) };
  if (answer.headers) Object.assign(headers, answer.headers);
  if (headers['Audit-Id'] === '') delete headers['Audit-Id'];
  return headers;
}

async function sendPieces(pieces: readonly Buffer[], response: ServerResponse, signal: AbortSignal): Promise<void> {
  const sink = sinkOf(response);
  for (const piece of pieces) {
    if (!sink.write([piece])) await sink.drained(signal);
  }
  response.end();
}

async function sendStream(answer: StreamAnswer, response: ServerResponse, signal: AbortSignal): Promise<void> {
  response.writeHead(answer.status, { 'Cache-Control': 'no-cache, private', 'Content-Type': answer.contentType, ...answer.headers });
  response.flushHeaders();
  try { await answer.write(sinkOf(response), signal); } finally { response.end(); }
}

function sinkOf(response: ServerResponse): StreamSink {
  return {
    write(pieces) {
      if (pieces.length === 1) return response.write(pieces[0]);
      response.cork();
      let ready = true;
      for (const piece of pieces) ready = response.write(piece);
      response.uncork();
      return ready;
    },
    drained: (signal) => drained(response, signal),
  };
}

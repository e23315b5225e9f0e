import type { ServerResponse } from 'node:http';
import type { BufferedAnswer, StreamAnswer, StreamSink } from '../pipeline/api-request.ts';
import { drained } from '../pipeline/drained.ts';
import { bodyLength, COMMON_HEADERS, type Exchange } from './exchange.ts';

/** Bodies up to this size go out as one write; larger ones piece by piece, waiting for the client between them. */
const JOINED_BYTES_MAX = 256 * 1024;

/** The answer to a message of HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;

  /** `isLast` is asked when an answer is there: whether the client has to open another connection for its next request. */
  constructor(response: ServerResponse, isLast: () => boolean) {
    this.#response = response;
    this.#isLast = isLast;
  }

  get hasBegun(): boolean { return this.#response.headersSent || this.#response.destroyed; }

  send(answer: BufferedAnswer, { headOnly, signal }: { headOnly: boolean; signal: () => AbortSignal }): Promise<void> | undefined {
    const response = this.#response;
    const { body } = answer;
    const length = bodyLength(body);
    response.writeHead(answer.status, headersOf(answer, length, this.#isLast()));
    if (headOnly) response.end();
    else if (Buffer.isBuffer(body)) response.end(body);
    else if (length <= JOINED_BYTES_MAX) response.end(Buffer.concat(body, length));
    else return this.#sendPieces(body, signal());
    return undefined;
  }

  open({ status, contentType, headers }: StreamAnswer): StreamSink {
    const response = this.#response;
    response.writeHead(status, { ...COMMON_HEADERS, 'Content-Type': contentType, ...headers });
    response.flushHeaders();
    return {
      write: (pieces) => writeJoined(response, pieces),
      drained: (signal) => drained(response, signal),
    };
  }

  end(): void { this.#response.end(); }
  destroy(): void { this.#response.destroy(); }

  async #sendPieces(pieces: readonly Buffer[], signal: AbortSignal): Promise<void> {
    for (const piece of pieces) {
      if (!this.#response.write(piece)) await drained(this.#response, signal);
    }
    this.#response.end();
  }
}

function headersOf(answer: BufferedAnswer, length: number, isLast: boolean): Record<string, string | number> {
  const headers: Record<string, string | number> = { 'Audit-Id': '', ...COMMON_HEADERS, 'Content-Length': length, ...(answer.contentType !== '' && { 'Content-Type': answer.contentType }) };
  if (answer.headers) Object.assign(headers, answer.headers);
  if (headers['Audit-Id'] === '') delete headers['Audit-Id'];
  if (isLast || answer.status === 413) headers['Connection'] = 'close'; // with 413 the rest of the body is still coming
  return headers;
}

/** Pieces that are ready at once leave as one chunk, one TLS record and one system call. */
function writeJoined(response: ServerResponse, pieces: readonly Buffer[]): boolean {
  if (pieces.length === 1) return response.write(pieces[0]);
  const length = bodyLength(pieces);
  if (length <= JOINED_BYTES_MAX) return response.write(Buffer.concat(pieces, length));
  let ready = true;
  for (const piece of pieces) ready = response.write(piece);
  return ready;
}

import type { BufferedAnswer, StreamAnswer, StreamSink } from '../pipeline/api-request.ts';

/** The way back to the client of one request, whatever the version of HTTP. */
export interface Exchange {
  /** Nothing can be said any more but by breaking off: an answer has begun, or the client is gone. */
  readonly hasBegun: boolean;
  /** Sends a whole answer; a promise where the caller has to wait until the client has read it. `signal` is asked for only then. */
  send(answer: BufferedAnswer, options: { headOnly: boolean; signal: () => AbortSignal }): Promise<void> | undefined;
  /** Begins an answer that is written while it lasts. */
  open(answer: StreamAnswer): StreamSink;
  /** Ends such an answer in good order. */
  end(): void;
  /** Breaks off, so that the client sees that the answer is not whole. */
  destroy(): void;
}

/** Headers that every answer has unless it says otherwise. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = { 'Cache-Control': 'no-cache, private' };

export function bodyLength(body: BufferedAnswer['body']): number {
  if (Buffer.isBuffer(body)) return body.length;
  let length = 0;
  for (const piece of body) length += piece.length;
  return length;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerDebug, isDebugPath, type DebugOptions } from './debug-pages.ts';

/** A level has a few digits. */
const BODY_BYTES_MAX = 1_024;

/** What a request's target asks for. */
export interface DebugTarget { path: string; query: URLSearchParams }

/** Answers a request of one of Node's HTTP servers that is authorized; false when nothing is served there, and nothing was answered. */
export async function serveDebug({ path, query }: DebugTarget, response: ServerResponse, options: DebugOptions): Promise<boolean> {
  if (!isDebugPath(path)) return false;
  const { req: request } = response;
  const left = new AbortController();
  const onClose = (): void => { left.abort(); };
  response.once('close', onClose);
  try {
    const body = await bodyOf(request);
    if (body === undefined) { response.writeHead(413, { connection: 'close' }).end(); return true; }
    const answer = await answerDebug({ method: request.method ?? 'GET', path, query, body, signal: left.signal }, options);
    if (answer === undefined) return false;
    if (!response.destroyed) response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length }).end(request.method === 'HEAD' ? undefined : answer.body);
    return true;
  } finally { response.off('close', onClose); }
}

/** Of a request's own words. */
export function debugTarget(url = '/'): DebugTarget {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: new URLSearchParams() } : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** Undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) { // no encoding is set
    length += piece.length;
    if (length > BODY_BYTES_MAX) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

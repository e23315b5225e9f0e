import { onAbort, type Clock } from '@kubernode/base';
import { refusalOf, splitLines, type RawRequest, type Transport } from '@kubernode/client';
import { callResponse } from '../grpc/call-response.ts';
import { GrpcRequest } from '../grpc/grpc-request.ts';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, StreamSink } from '../pipeline/api-request.ts';
import { errorAnswer } from '../pipeline/status-answer.ts';
import type { Replica } from '../app/replica.ts';
import type { EmbeddedUser } from './embedded-server.ts';

const EMPTY = Buffer.alloc(0);
/** Bytes of a watch that its reader has not taken yet; beyond, the server waits, as for any slow client. */
const UNREAD_BYTES_MAX = 1024 * 1024;

/** Requests of one user, straight into a replica's pipeline. */
export function embeddedTransport({ handle, leases }: Pick<Replica, 'handle' | 'leases'>, { user, clock }: { user: EmbeddedUser; clock: Clock }): Transport {
  const caller = { peer: { address: '127.0.0.1:0', certificate: { commonName: user.name, organizations: user.groups ?? [] } }, metadata: { get: () => [] } };
  const open = ({ method, path, contentType, body, accept, userAgent, fence }: RawRequest): GrpcRequest => new GrpcRequest({ method, path, contentType: contentType ?? '', body: body ?? EMPTY, accept: accept ?? '', userAgent: userAgent ?? '', fence: fence ?? null }, caller, clock.now());
  return {
    async call(request) {
      const { signal } = request;
      signal?.throwIfAborted();
      const opened = open(request);
      using _link = onAbort(signal, () => { opened.abort(); });
      const { retryAfterSeconds, ...response } = await callResponse(await answered(() => handle(opened)));
      signal?.throwIfAborted();
      return { ...response, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) };
    },
    watch: (request) => splitLines(watched(request, open(request), handle)),
    holdLease(hold, { signal, onHeld }) {
      return new Promise((resolve) => {
        const held = leases.open({
          isLocal: true,
          authorize: (message) => handle(new GrpcRequest(message, caller, clock.now())),
          answer: (yes) => { onHeld(yes); if (!yes) over(); },
          end: () => { over(); },
        });
        const over = (): void => { link[Symbol.dispose](); held.broken(); resolve(); };
        const link = onAbort(signal, over);
        held.message(hold);
      });
    },
    close: () => undefined,
  };
}

/** As the doors have it: what the pipeline throws is an answer, too. */
async function answered(ask: () => Promise<Answer>): Promise<Answer> {
  try { return await ask(); } catch (error) { return errorAnswer(error); }
}

async function* watched({ signal }: RawRequest & { signal: AbortSignal }, request: GrpcRequest, handle: Replica['handle']): AsyncGenerator<Buffer, void, undefined> {
  signal.throwIfAborted();
  using _link = onAbort(signal, () => { request.abort(); });
  const answer = await answered(() => handle(request));
  if (answer.kind !== 'stream') {
    const refusal = answer.kind === 'buffered' ? answer : errorAnswer(new Error('connections are not handed over here'));
    throw refusalOf(refusal.status, answerBody(refusal));
  }
  const pipe = new Pipe();
  const writing = answer.write(pipe, request.signal).finally(() => { pipe.end(); });
  try {
    yield* pipe.chunks();
    signal.throwIfAborted();
  } finally {
    request.abort();
    await writing;
  }
}

/** Between a watch that writes and a client that reads. */
class Pipe implements StreamSink {
  #unread: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #wakeReader = (): void => undefined;
  #wakeWriter = (): void => undefined;

  write(pieces: readonly Buffer[]): boolean {
    for (const piece of pieces) { this.#unread.push(piece); this.#bytes += piece.length; }
    this.#wakeReader();
    return this.#bytes < UNREAD_BYTES_MAX;
  }

  async drained(signal: AbortSignal): Promise<void> {
    while (this.#bytes >= UNREAD_BYTES_MAX && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const link = onAbort(signal, () => { resolve(); });
        this.#wakeWriter = () => { link[Symbol.dispose](); resolve(); };
      });
    }
  }

  end(): void { this.#ended = true; this.#wakeReader(); }

  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const [first, ...rest] = this.#unread;
      if (first !== undefined) {
        this.#unread = [];
        this.#bytes = 0;
        this.#wakeWriter();
        yield rest.length === 0 ? first : Buffer.concat([first, ...rest]);
      } else if (this.#ended) return;
      else await new Promise<void>((resolve) => { this.#wakeReader = resolve; });
    }
  }
}

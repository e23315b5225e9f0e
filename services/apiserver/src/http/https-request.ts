import type { IncomingMessage } from 'node:http';
import type { ApiRequest, Peer } from '../pipeline/api-request.ts';

export interface HttpsRequestInit {
  message: IncomingMessage;
  path: string;
  query: URLSearchParams;
  body: Buffer;
  peer: Peer;
  receivedAt: number;
}

/** A request that came by HTTPS. The signal is made only for those who ask: most requests are answered before anybody could abort. */
export class HttpsRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly peer: Peer;
  readonly receivedAt: number;
  readonly transport = 'https';
  readonly #message: IncomingMessage;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor({ message, path, query, body, peer, receivedAt }: HttpsRequestInit) {
    this.#message = message;
    this.method = message.method ?? 'GET';
    this.path = path;
    this.query = query;
    this.headers = message.headers as Record<string, string | undefined>; // only set-cookie is ever a list, and requests have none
    this.body = body;
    this.peer = peer;
    this.receivedAt = receivedAt;
  }

  headerValues(name: string): readonly string[] { return this.#message.headersDistinct[name] ?? []; }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** The client is gone, or the server stops. */
  abort(reason?: Error): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort(reason);
  }
}

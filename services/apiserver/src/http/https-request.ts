import type { ApiRequest, Peer } from '../pipeline/api-request.ts';

export interface HttpsRequestInit {
  method: string;
  target: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | undefined>>;
  /** All values of a header that may have come several times. */
  headerValues: (name: string) => readonly string[];
  body: Buffer;
  peer: Peer;
  receivedAt: number;
}

/** A request that came by HTTPS. The signal is made only for those who ask: most requests are answered before anybody could abort. */
export class HttpsRequest implements ApiRequest {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly peer: Peer;
  readonly receivedAt: number;
  readonly transport = 'https';
  readonly #headerValues: (name: string) => readonly string[];
  #controller: AbortController | undefined;
  #aborted = false;

  constructor({ method, target, path, query, headers, headerValues, body, peer, receivedAt }: HttpsRequestInit) {
    this.method = method;
    this.target = target;
    this.path = path;
    this.query = query;
    this.headers = headers;
    this.#headerValues = headerValues;
    this.body = body;
    this.peer = peer;
    this.receivedAt = receivedAt;
  }

  headerValues(name: string): readonly string[] { return this.#headerValues(name); }

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

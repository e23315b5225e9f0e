import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { onAbort } from '@kubernode/base';

export interface Credentials { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer }
export interface Answer { readonly status: number; readonly body: string }

/** How long a client waits for an answer, as bench/failover.ts has it. */
const TIMEOUT_MS = 5000;

/** One client with one kept connection, as plain as can be: no retries and no cleverness, so that it sees every fault. */
export class ApiConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #agent: https.Agent;

  constructor({ host, port, credentials }: { host: string; port: number; credentials: Credentials }) {
    this.#host = host;
    this.#port = port;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 1, ...credentials, servername: 'localhost' });
  }

  /** Rejects where no answer came. */
  send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) };
      const request = this.#request(method, path, headers, (response) => {
        const parts: string[] = [];
        response.setEncoding('utf8').on('data', (part: string) => { parts.push(part); });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parts.join('') }));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('cut off')));
      });
      request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('timeout')));
      request.on('error', reject);
      request.end(text);
    });
  }

  /** The lines of a stream until it ends; ends by itself where nothing came for `silentMs`. Rejects where it breaks. */
  async *lines(path: string, { silentMs, signal }: { silentMs: number; signal: AbortSignal }): AsyncGenerator<string> {
    const { promise, resolve, reject } = withResolvers<IncomingMessage>();
    const request = this.#request('GET', path, {}, resolve);
    request.setTimeout(silentMs, () => request.destroy(new Error('silent')));
    request.on('error', reject);
    using _ended = onAbort(signal, () => request.destroy());
    request.end();
    const response = await promise;
    let rest = '';
    for await (const part of response.setEncoding('utf8')) {
      const lines = `${rest}${String(part)}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest; // a refusal is one object without a line's end
  }

  #request(method: string, path: string, headers: Record<string, string | number>, onResponse: (response: IncomingMessage) => void): ReturnType<typeof https.request> {
    return https.request({ host: this.#host, port: this.#port, path, method, agent: this.#agent, headers }, onResponse);
  }

  close(): void { this.#agent.destroy(); }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: Error) => void } {
  let [resolve, reject]: [(value: T) => void, (reason: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((yes, no) => { resolve = yes; reject = no; });
  return { promise, resolve, reject };
}

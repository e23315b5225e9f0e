import { connect, type ClientHttp2Session } from 'node:http2';

export interface Call { method?: string; path: string; body?: object; type?: string }

/** Asks one API server over one HTTP/2 connection, under a bearer token. */
export class ApiCaller implements Disposable {
  readonly #url: string;
  readonly #token: string;
  #session: ClientHttp2Session;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#session = openSession(url);
  }

  [Symbol.dispose](): void { this.#session.destroy(); }

  /** The answer's text; throws for anything but success. */
  call({ method = 'GET', path, body, type = 'application/json' }: Call): Promise<string> {
    if (this.#session.destroyed || this.#session.closed) this.#session = openSession(this.#url); // servers close connections that are idle
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      const stream = this.#session.request({ ':method': method, ':path': path, authorization: `Bearer ${this.#token}`, accept: 'application/json', ...(body && { 'content-type': type }) });
      stream.on('response', (headers) => { status = headers[':status'] ?? 0; }).on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('error', reject);
      stream.on('end', () => { const text = Buffer.concat(chunks).toString(); if (status < 300) resolve(text); else reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`)); });
      if (body !== undefined) stream.end(JSON.stringify(body));
    });
  }

  /** Hands on the text of a watch as it comes. */
  follow(path: string, onText: (text: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({ ':path': path, authorization: `Bearer ${this.#token}`, accept: 'application/json' });
      stream.setEncoding('utf8');
      stream.on('response', (headers) => { if (headers[':status'] === 200) resolve(); else reject(new Error(`${path}: ${headers[':status']}`)); });
      stream.on('error', reject).on('data', onText);
    });
  }

  /** Counts the events of a watch without looking into them. `onEnd`: the server ended it. */
  watch(path: string, { onEvents, onEnd }: { onEvents: (count: number) => void; onEnd: () => void }): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      let wanted = true;
      const stream = this.#session.request({ ':path': path, authorization: `Bearer ${this.#token}`, accept: 'application/json' });
      stream.on('response', (headers) => { if (headers[':status'] === 200) resolve({ [Symbol.dispose]: () => { wanted = false; stream.close(8); } }); else reject(new Error(`${path}: ${headers[':status']}`)); });
      stream.on('close', () => { if (wanted && !this.#session.destroyed) onEnd(); });
      stream.on('error', reject).on('data', (chunk: Buffer) => {
        let count = 0;
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
        if (count > 0) onEvents(count);
      });
    });
  }
}

function openSession(url: string): ClientHttp2Session {
  const session = connect(url, { rejectUnauthorized: false, settings: { initialWindowSize: 4 * 1024 * 1024 }, maxSessionMemory: 1000 });
  session.on('connect', () => { session.setLocalWindowSize(64 * 1024 * 1024); });
  return session;
}

/** Does something so many times, some at a time. */
export async function inParallel(count: number, underWay: number, one: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(underWay, count) }, async () => { while (next < count) await one(next++); }));
}

import type { BufferedAnswer, StreamAnswer, StreamSink } from '../pipeline/api-request.ts';
import { bodyLength, COMMON_HEADERS, type Exchange } from './exchange.ts';
import type { Http2Stream } from './http2/http2-stream.ts';

/** Headers that an answer may have for HTTP/1.1 alone: answers of pods and nodes that are passed on bring them. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** The answer to a stream of HTTP/2. */
export class Http2Exchange implements Exchange {
  readonly #stream: Http2Stream;
  readonly #date: () => string;

  /** `date` is the time as the Date header has it. */
  constructor(stream: Http2Stream, date: () => string) {
    this.#stream = stream;
    this.#date = date;
  }

  get hasBegun(): boolean { return this.#stream.hasAnswered || this.#stream.isClosed; }

  send(answer: BufferedAnswer, { headOnly }: { headOnly: boolean }): undefined {
    const { body } = answer;
    const headers = this.#headers(answer);
    headers.push(['content-length', String(bodyLength(body))]);
    this.#stream.respond(answer.status, headers, headOnly ? [] : Buffer.isBuffer(body) ? [body] : body);
  }

  open(answer: StreamAnswer): StreamSink {
    this.#stream.open(answer.status, this.#headers(answer));
    return this.#stream;
  }

  end(): void { this.#stream.end(); }
  destroy(): void { this.#stream.destroy(); }

  #headers({ contentType, headers = {} }: { contentType: string; headers?: Readonly<Record<string, string>> }): [string, string][] {
    const pairs: [string, string][] = [['date', this.#date()]];
    if (contentType !== '') pairs.push(['content-type', contentType]);
    for (const name in COMMON_HEADERS) if (headers[name] === undefined) pairs.push([name.toLowerCase(), COMMON_HEADERS[name] ?? '']);
    for (const name in headers) {
      const lower = name.toLowerCase();
      if (!CONNECTION_HEADERS.has(lower) && lower !== 'content-length') pairs.push([lower, headers[name] ?? '']);
    }
    return pairs;
  }
}

/** The Date header's text, made anew once a second. */
export function dateSource(now: () => number): () => string {
  let second = -1;
  let text = '';
  return () => {
    const current = Math.floor(now() / 1000);
    if (current !== second) { second = current; text = new Date(current * 1000).toUTCString(); }
    return text;
  };
}

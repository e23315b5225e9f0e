import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { posix } from 'node:path';
import { abortError, timeLimit, whenAborted, type Clock } from '@kubernode/base';
import { answerFault } from './answer-fault.ts';
import type { ResolveService, ServerAddress } from './service-resolver.ts';
import { transportFault } from './transport-fault.ts';

/** Whom to ask, as webhook configurations and definitions of custom resources say it. */
export interface HookTarget {
  readonly url?: string;
  readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string; readonly port?: number };
  /** PEM in base64; the system's authorities when absent. */
  readonly caBundle?: string;
}

export interface HookCall {
  body: Buffer;
  /** Told to the webhook as `?timeout=…s`, rounded up to seconds; covers everything from the first byte to the last. */
  timeoutMs: number;
  /** By which the webhook's logs and traces can be matched with this server's. */
  headers?: Readonly<Record<string, string>>;
  /** Aborts with the request that needs the answer. */
  signal?: AbortSignal | undefined;
}

/** Says how a call failed in the words of Go's client. `cancelled`: the request that needed it is over. */
export class HookCallError extends Error {
  override readonly name = 'HookCallError';
  readonly cancelled: boolean;

  constructor(message: string, { cancelled = false, cause }: { cancelled?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.cancelled = cancelled;
  }
}

const HTTPS_PORT = 443;
/** Certificates that connections are kept open for; the one used least lately gives way. */
const AGENTS_MAX = 200;
const IDLE_SOCKETS_MAX = 25;
const SOCKETS_MAX = 256;
/** More than any object and its patch can be. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const USER_AGENT = 'kube-apiserver-admission';

/** Posts JSON to webhooks over connections that are kept. Redirects are not followed: a webhook is who its configuration says. */
export class HookClient {
  readonly #resolve: ResolveService;
  readonly #clock: Clock;
  readonly #agents = new Map<string, https.Agent>();

  constructor({ resolve, clock }: { resolve: ResolveService; clock: Clock }) {
    this.#resolve = resolve;
    this.#clock = clock;
  }

  /** The body of the answer. Rejects with HookCallError, or with the StatusError that an answer of another kind than 2xx stands for. */
  async post(target: HookTarget, { body, timeoutMs, headers = {}, signal }: HookCall): Promise<Buffer> {
    const { url, serverName, path, address } = this.#locate(target);
    const query = `?timeout=${Math.ceil(timeoutMs / 1000)}s`;
    const shownUrl = `${url}${query}`;
    using limit = timeLimit({ clock: this.#clock, ms: timeoutMs }, signal);
    try {
      const at = address();
      const send = (): Promise<Answer> => exchange({ agent: this.#agentFor(target.caBundle ?? ''), at, serverName, host: hostOf(url), path: `${path}${query}`, headers, body, signal: limit.signal });
      const answer = await send().catch((error: unknown) => { if (error instanceof StaleConnection) return send(); throw error; });
      if (answer.status < 200 || answer.status > 206) throw answerFault(answer.status, answer.contentType, answer.body);
      if (answer.body.length === 0) throw new HookCallError(`0-length response with status code: ${answer.status} and content type: ${answer.contentType}`);
      return answer.body;
    } catch (error) {
      if (signal?.aborted === true) throw new HookCallError(`Post "${shownUrl}": context canceled`, { cancelled: true, cause: error });
      if (limit.signal.aborted) throw new HookCallError(`Post "${shownUrl}": context deadline exceeded`, { cause: error });
      throw error instanceof Unreachable ? new HookCallError(`Post "${shownUrl}": ${error.message}`, { cause: error }) : error;
    }
  }

  /** Closes the connections when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await whenAborted(signal);
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #locate({ url: given, service }: HookTarget): { url: string; serverName: string; path: string; address(): ServerAddress } {
    if (service !== undefined) {
      const { namespace, name, port = HTTPS_PORT } = service;
      const serverName = `${name}.${namespace}.svc`;
      const path = cleanPath(service.path ?? '');
      return { url: `https://${serverName}:${port}${path}`, serverName, path, address: () => this.#addressOf({ namespace, name, port }) };
    }
    if (given === undefined || given === '') throw new HookCallError('webhook configuration must have either service or URL');
    if (!URL.canParse(given)) throw new HookCallError(`Unparsable URL: ${given}`);
    const url = new URL(given);
    const serverName = url.hostname.replace(/^\[|\]$/g, '');
    const path = cleanPath(url.pathname);
    return { url: `https://${hostOf(given)}${path}`, serverName, path, address: () => ({ host: serverName, port: url.port === '' ? HTTPS_PORT : Number(url.port) }) };
  }

  #addressOf(service: { namespace: string; name: string; port: number }): ServerAddress {
    try { return this.#resolve(service); } catch (error) { throw new Unreachable(error instanceof Error ? error.message : String(error), { cause: error }); }
  }

  #agentFor(caBundle: string): https.Agent {
    const key = createHash('sha256').update(caBundle).digest('base64');
    let agent = this.#agents.get(key);
    const [oldest] = this.#agents.keys();
    if (agent === undefined && this.#agents.size >= AGENTS_MAX && oldest !== undefined) {
      this.#agents.get(oldest)?.destroy();
      this.#agents.delete(oldest);
    }
    agent ??= new https.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: IDLE_SOCKETS_MAX, ...(caBundle !== '' && { ca: Buffer.from(caBundle, 'base64') }) });
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    return agent;
  }
}

/** No answer came. */
class Unreachable extends Error {}
/** A connection that was kept turned out to be closed by the other side. */
class StaleConnection extends Error {}

interface Answer { status: number; contentType: string; body: Buffer }
interface Exchange { agent: https.Agent; at: ServerAddress; serverName: string; host: string; path: string; headers: Readonly<Record<string, string>>; body: Buffer; signal: AbortSignal }

function exchange({ agent, at, serverName, host, path, headers, body, signal }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(abortError(signal)); return; }
    const outgoing = https.request({
      agent, host: at.host, port: at.port, path, method: 'POST', servername: isIP(serverName) === 0 ? serverName : '', signal,
      headers: { ...headers, host, accept: 'application/json, */*', 'content-type': 'application/json', 'content-length': body.length, 'user-agent': USER_AGENT },
    }, (answer) => { bodyOf(answer).then((read) => { resolve({ status: answer.statusCode ?? 0, contentType: answer.headers['content-type'] ?? '', body: read }); }, reject); });
    outgoing.on('error', (error: Error & { code?: string }) => {
      if (outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) reject(new StaleConnection('closed', { cause: error }));
      else reject(new Unreachable(transportFault(error, { ...at, serverName }), { cause: error }));
    });
    outgoing.end(body);
  });
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) { // no encoding is set, so these are buffers
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new HookCallError(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Without empty and dotted parts, and without a slash at its end. */
function cleanPath(path: string): string {
  return posix.join('/', path).replace(/(?<=.)\/$/, '');
}

/** Host and port as they were written. */
function hostOf(url: string): string {
  return /^https:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';
}

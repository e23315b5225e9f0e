import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock, systemRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { freePort } from '@kubernode/testing';
import { runApiServer } from '../src/app/api-server.ts';
import { parseApiServerOptions } from '../src/app/options.ts';

export interface Answer { status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body: Buffer; json<T>(): T }
/** What `request` rejects with; a request that never left may be sent to another replica. */
export type SendError = NodeJS.ErrnoException & { isSent: boolean };
export interface RequestOptions { body?: object | undefined; headers?: Record<string, string> | undefined }

/** One replica, reached as user admin. */
export interface ReplicaUnderTest {
  /** `https://HOST:PORT`, for clients that take `TOKEN` and trust any certificate. */
  readonly server: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Lines of a watch, until `count` have come or the server ended it. */
  watch(path: string, count: number): Promise<string[]>;
  /** Sends half of a body, and the rest when told to. */
  upload(method: string, path: string, body: string): { begun: Promise<void>; finish(): void; answer: Promise<Answer> };
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

export const TOKEN = 'test-token';
const READY_POLL_MS = 50;
const READY_TIMEOUT_MS = 30_000;

/** API servers in this process, all on the same etcd. Dispose of them when done. */
export async function startReplicas(count: number, etcdEndpoints: readonly string[], flags: readonly string[] = []): Promise<{ replicas: readonly ReplicaUnderTest[] } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-apiserver-'));
  await writeFile(path.join(folder, 'tokens.csv'), `${TOKEN},admin,1,"system:masters"\n`);
  const replicas = await Promise.all(Array.from({ length: count }, (_, index) => replica(index, folder, etcdEndpoints, flags)));
  const end = async (): Promise<void> => {
    const stops = await Promise.allSettled(replicas.map((one) => one.stop()));
    await rm(folder, { recursive: true, force: true });
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason;
  };
  try { for (const one of replicas) await one.start(); } catch (error) {
    await end();
    throw error;
  }
  return { replicas, [Symbol.asyncDispose]: end };
}

async function replica(index: number, folder: string, etcdEndpoints: readonly string[], flags: readonly string[]): Promise<ReplicaUnderTest> {
  const port = await freePort();
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 64 });
  const config = parseApiServerOptions([
    `--etcd-servers=${etcdEndpoints.join(',')}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--advertise-address=127.0.0.${index + 1}`, `--cert-dir=${folder}/${index}`,
    `--token-auth-file=${folder}/tokens.csv`, '--authorization-mode=RBAC', '--service-cluster-ip-range=10.96.0.0/16', ...flags,
  ]);
  const send = (method: string, target: string, headers: Record<string, string>, onData: (chunk: Buffer) => boolean): { outgoing: ClientRequest; answer: Promise<Answer> } => {
    const outgoing = https.request({ host: '127.0.0.1', port, agent, method, path: target, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers } });
    const answer = new Promise<Answer>((resolve, reject) => {
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        const end = (): void => { const whole = Buffer.concat(chunks); resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: whole, json: <T>() => JSON.parse(whole.toString('utf8')) as T }); }; // the caller knows what it asked for
        incoming.on('data', (chunk: Buffer) => { chunks.push(chunk); if (onData(chunk)) { end(); incoming.destroy(); } });
        incoming.on('end', end);
        incoming.on('error', reject);
      });
      let isSent = false;
      outgoing.on('socket', (socket) => { if (outgoing.reusedSocket) isSent = true; else socket.once('secureConnect', () => { isSent = true; }); });
      outgoing.on('error', (error) => { reject(Object.assign(error, { isSent })); });
    });
    return { outgoing, answer };
  };
  const call = (method: string, target: string, { body, headers = {} }: RequestOptions, onData: (chunk: Buffer) => boolean): Promise<Answer> => {
    const { outgoing, answer } = send(method, target, headers, onData);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    return answer.catch((error: NodeJS.ErrnoException) => {
      // As every client does with a read: a server may close a connection at the very moment at which it is used again.
      if (method === 'GET' && outgoing.reusedSocket && error.code === 'ECONNRESET') return call(method, target, { body, headers }, onData);
      throw error;
    });
  };
  let running: { controller: AbortController; done: Promise<void> } | undefined;
  const self: ReplicaUnderTest = {
    server: `https://127.0.0.1:${port}`,
    request: (method, target, options = {}) => call(method, target, options, () => false),
    async watch(target, wanted) {
      let seen = 0;
      const { body } = await call('GET', target, {}, (chunk) => { for (const byte of chunk) if (byte === 0x0a) seen++; return seen >= wanted; });
      return body.toString('utf8').split('\n').filter((line) => line !== '').slice(0, wanted);
    },
    upload(method, target, body) {
      const { outgoing, answer } = send(method, target, { 'content-length': String(Buffer.byteLength(body)) }, () => false);
      const half = Math.floor(body.length / 2);
      const begun = new Promise<void>((resolve) => { outgoing.write(body.slice(0, half), () => { resolve(); }); });
      return { begun, answer, finish: () => { outgoing.end(body.slice(half)); } };
    },
    async start() {
      const controller = new AbortController();
      running = { controller, done: runApiServer(config, { clock: systemClock, rng: systemRng, logger: silentLogger, signal: controller.signal, stdout: { write: () => undefined } } as Parameters<typeof runApiServer>[1]) };
      for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += READY_POLL_MS) {
        if (await self.request('GET', '/readyz').then(({ status }) => status === 200, () => false)) return;
        await systemClock.sleep(READY_POLL_MS);
      }
      throw new Error('the API server is not ready in time');
    },
    async stop() {
      running?.controller.abort();
      try { await running?.done; } finally {
        running = undefined;
        agent.destroy();
      }
    },
  };
  return self;
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import type { RootLogger } from '@kubernode/component-base';
import { freePort, startEtcd } from '@kubernode/testing';
import { runApiServer } from '../../src/app/api-server.ts';
import { parseApiServerOptions } from '../../src/app/options.ts';
import type { FuzzedRequest } from './arbitrary-requests.ts';

export interface FuzzedAnswer { status: number; contentType: string; body: string }

/** An API server of this process on a real etcd; what it logs as faults of its own is kept until it is taken. */
export interface FuzzedServer extends AsyncDisposable {
  takeFaults(): readonly string[];
  /** Rejects when the connection ends without an answer. A stream is cut off after its head. */
  send(request: FuzzedRequest): Promise<FuzzedAnswer>;
  /** Bytes as they are, behind the TLS handshake; resolves with what came back until the connection ended, or a moment passed. */
  sendRaw(bytes: Buffer): Promise<Buffer>;
}

export const TOKEN = 'fuzz-token';
const READY_POLL_MS = 50;
const READY_TIMEOUT_MS = 30_000;
const RAW_ANSWER_MS = 150;

export async function startFuzzedServer(): Promise<FuzzedServer> {
  const etcd = await startEtcd();
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-fuzz-'));
  await writeFile(path.join(folder, 'tokens.csv'), `${TOKEN},admin,1,"system:masters"\n`);
  const port = await freePort();
  const faults: string[] = [];
  const config = parseApiServerOptions([
    `--etcd-servers=${etcd.endpoint}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${folder}`, '--service-cluster-ip-range=10.96.0.0/16', '--endpoint-reconciler-type=none',
    `--token-auth-file=${folder}/tokens.csv`, '--authorization-mode=RBAC', '--allow-privileged=true',
  ]);
  const background = new TaskGroup();
  background.spawn((signal) => runApiServer(config, { clock: systemClock, rng: seededRng(1), logger: keepFaults(faults), signal, stdout: { write: () => undefined } }));
  const agent = new https.Agent({ keepAlive: true, maxSockets: 16 });
  const server: FuzzedServer = {
    takeFaults: () => faults.splice(0),
    send: (request) => send({ port, agent }, request),
    sendRaw: (bytes) => sendRaw(port, bytes),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      background.stop();
      await background.done();
      await etcd[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += READY_POLL_MS) {
    const ready = await server.send({ method: 'GET', path: '/readyz', headers: {}, body: undefined }).catch(() => undefined); // not listening yet
    if (ready?.status === 200) return server;
    await systemClock.sleep(READY_POLL_MS);
  }
  await server[Symbol.asyncDispose]();
  throw new Error('the API server is not ready in time');
}

function keepFaults(faults: string[]): RootLogger {
  const logger: RootLogger = { verbosity: 0, error: (message, fields) => { faults.push(`${message} ${JSON.stringify(fields)}`); }, warn: () => undefined, info: () => undefined, debug: () => undefined, child: () => logger };
  return logger;
}

function send({ port, agent }: { port: number; agent: https.Agent }, { method, path: target, headers, body }: FuzzedRequest): Promise<FuzzedAnswer> {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: '127.0.0.1', port, agent, rejectUnauthorized: false, method, path: target, headers: { authorization: `Bearer ${TOKEN}`, ...headers } }, (response) => {
      const answer = (text: string): FuzzedAnswer => ({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body: text });
      if (/[?&]watch|\/watch\/|follow=/.test(target) && response.statusCode === 200) { resolve(answer('')); response.destroy(); return; }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.on('end', () => { resolve(answer(Buffer.concat(chunks).toString('utf8'))); });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function sendRaw(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => { socket.write(bytes); });
    const timer = systemClock.after(RAW_ANSWER_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    socket.on('error', () => socket.destroy()); // a reset is an answer, too
    socket.on('close', () => { timer[Symbol.dispose](); resolve(Buffer.concat(chunks)); });
  });
}

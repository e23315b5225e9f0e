import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock, systemRng, TaskGroup } from '@kubernode/base';
import { createAuthority, issueCertificate, silentLogger, type KeyPair, type RootLogger } from '@kubernode/component-base';
import { Fixtures, freePort, startEtcd, type EtcdProcess } from '@kubernode/testing';
import { runApiServer } from '../src/app/api-server.ts';
import { parseApiServerOptions } from '../src/app/options.ts';

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

export interface TestAnswer { status: number; headers: Readonly<Record<string, unknown>>; body: { [field: string]: unknown; message?: string; status?: unknown } }

export interface TestRequest { method?: string; path: string; token?: string; body?: unknown; /** A body as it is. */ text?: string; headers?: Readonly<Record<string, string>>; tls?: https.RequestOptions }

/** An API server with flags of its own on a real etcd, and a folder for its files. */
export interface AuthServer extends AsyncDisposable {
  readonly port: number;
  request(request: TestRequest): Promise<TestAnswer>;
}

/** A temporary folder with an authority that signs for 127.0.0.1. */
export interface TestFolder extends Disposable { readonly path: string; file(name: string, text: string): string; readonly authority: KeyPair; certificate(commonName: string, options?: { organizations?: string[]; dnsNames?: string[] }): Promise<KeyPair> }

export async function testFolder(): Promise<TestFolder> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-auth-'));
  const issue = { now: Date.parse(new Date(systemClock.now()).toISOString()), rng: systemRng };
  const authority = await createAuthority({ commonName: 'test-ca', lifetimeMs: 3_600_000 }, issue);
  return {
    path: folder, authority,
    file(name, text) { const file = path.join(folder, name); writeFileSync(file, text); return file; },
    certificate: (commonName, { organizations = [], dnsNames = [] } = {}) => issueCertificate(authority, { commonName, organizations, dnsNames, ipAddresses: ['127.0.0.1'], usages: ['server', 'client'], lifetimeMs: 3_600_000 }, issue),
    [Symbol.dispose]: () => { rmSync(folder, { recursive: true, force: true }); },
  };
}

export async function startAuthServer(etcd: EtcdProcess, folder: TestFolder, flags: readonly string[], { logger = silentLogger }: { logger?: RootLogger } = {}): Promise<AuthServer> {
  const port = await freePort();
  const certDir = path.join(folder.path, `certs-${port}`);
  mkdirSync(certDir);
  const background = new TaskGroup();
  const config = parseApiServerOptions([
    `--etcd-servers=${etcd.endpoint}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${certDir}`, '--service-cluster-ip-range=10.96.0.0/16', '--endpoint-reconciler-type=none',
    `--token-auth-file=${folder.file('tokens.csv', 'admin-token,admin,1,"system:masters"\nalice-token,alice,2\n')}`, ...flags,
  ]);
  let failure: unknown;
  background.spawn((signal) => runApiServer(config, { clock: systemClock, rng: seededRng(port), logger, signal, stdout: { write: () => undefined } }).catch((error: unknown) => { failure = error; }));
  const server: AuthServer = {
    port,
    request: (request) => send(port, request),
    async [Symbol.asyncDispose]() { background.stop(); await background.done(); },
  };
  try { await ready(server, () => failure); } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

async function ready(server: AuthServer, failure: () => unknown): Promise<void> {
  for (const giveUpAt = systemClock.monotonicNow() + START_TIMEOUT_MS; ;) {
    if (failure() !== undefined) throw failure() as Error; // whatever ended the server
    const answer = await server.request({ path: '/readyz', token: 'admin-token' }).catch(() => undefined); // not listening yet
    if (answer?.status === 200) return;
    if (systemClock.monotonicNow() > giveUpAt) throw new Error('the API server is not ready in time');
    await systemClock.sleep(POLL_MS);
  }
}

function send(port: number, { method = 'GET', path: target, token, body, text = body === undefined ? undefined : JSON.stringify(body), headers = {}, tls = {} }: TestRequest): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: '127.0.0.1', port, method, path: target, agent: false, rejectUnauthorized: false, ...tls,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(Buffer.concat(chunks).toString()) }); });
    });
    request.on('error', reject);
    request.end(text);
  });
}

function parse(text: string): TestAnswer['body'] {
  try { return JSON.parse(text) as TestAnswer['body']; } catch { return { message: text }; } // plain text
}

export { Fixtures, startEtcd };
export type { EtcdProcess };

/** An HTTPS server of JSON answers on a port of its own. */
export interface JsonServer extends AsyncDisposable { readonly url: string; readonly seen: { path: string; body: unknown }[] }

export async function startJsonServer({ certificate, key }: KeyPair, answer: (path: string, body: unknown) => { status?: number; body: unknown }): Promise<JsonServer> {
  const seen: JsonServer['seen'] = [];
  const server = https.createServer({ cert: certificate, key }, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    message.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const asked = { path: message.url ?? '', body: text === '' ? undefined : JSON.parse(text) as unknown };
      seen.push(asked);
      const { status = 200, body } = answer(asked.path, asked.body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  return { url: `https://127.0.0.1:${port}`, seen, async [Symbol.asyncDispose]() { server.closeAllConnections(); await new Promise((resolve) => { server.close(resolve); }); } };
}

import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, errorMessage, onAbort, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { createAuthority, issueCertificate, type Logger, UserError } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { NodeConfig } from '../app/node-config.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import type { Pleg } from '../pleg/pleg.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { serveContainerLogs } from './container-logs.ts';
import { DelegatedAccess } from './delegated-auth.ts';
import { HttpFault } from './http-fault.ts';
import { removeLocalVolume } from './local-volumes.ts';
import { resourceMetrics, statsSummary } from './stats.ts';
import { acceptUpgrade } from './accept-upgrade.ts';

export interface NodeServerDeps {
  config: NodeConfig;
  facts: NodeFacts;
  runtime: CriRuntime;
  registry: Registry;
  client: Client;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  workers: PodWorkers;
  pleg: Pick<Pleg, 'isHealthy'>;
  /** Deletes what is stored in a volume of the local-path provisioner. */
  removeLocalPath: (name: string) => Promise<void>;
  onListening?: ((port: number) => void) | undefined;
}

const SELF_SIGNED_LIFETIME_MS = 365 * 24 * 3_600_000;

/** Serves logs, exec, metrics to the API server and to operators until aborted, and /healthz to the host. */
export async function runNodeServer(deps: NodeServerDeps, signal: AbortSignal): Promise<void> {
  const { config: { server: settings, healthz }, clock } = deps;
  const access = new DelegatedAccess({ client: deps.client, clock, nodeName: deps.facts.name, anonymous: settings.anonymous });
  const tls = settings.cert !== undefined && settings.key !== undefined ? { cert: settings.cert, key: settings.key } : await selfSigned(deps);
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false, ...(settings.clientCa !== undefined && { ca: settings.clientCa }) });
  server.on('request', (request, response) => { void answer(deps, access, request, response); });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => { void upgrade(deps, access, { request, socket, head }); });
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (_request, socket: Duplex) => { upgraded.add(socket); socket.once('close', () => upgraded.delete(socket)); });
  const health = healthz.port === 0 ? undefined : createPlainServer((request, response) => { healthAnswer(deps, request, response); });
  await listen(server, { host: settings.address, port: settings.port });
  if (health !== undefined) await listen(health, { host: healthz.address, port: healthz.port });
  deps.onListening?.((server.address() as AddressInfo).port); // listening on TCP
  await new Promise<void>((resolve) => { onAbort(signal, resolve); });
  for (const socket of upgraded) socket.destroy();
  for (const one of [server, health]) { one?.close(); one?.closeAllConnections(); }
}

async function selfSigned({ facts, clock, rng }: NodeServerDeps): Promise<{ cert: string; key: string }> {
  const issue = { now: clock.now(), rng };
  const authority = await createAuthority({ commonName: `${facts.name}-ca`, lifetimeMs: SELF_SIGNED_LIFETIME_MS }, issue);
  const { certificate, key } = await issueCertificate(authority, { commonName: facts.name, dnsNames: [facts.name], ipAddresses: [facts.ip], usages: ['server'], lifetimeMs: SELF_SIGNED_LIFETIME_MS }, issue);
  return { cert: certificate + authority.certificate, key };
}

function listen(server: ReturnType<typeof createPlainServer> | ReturnType<typeof createServer>, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new UserError(`port ${port} on ${host} is in use by another process; stop it or choose another port`) : error);
    });
    server.listen(port, host, () => resolve());
  });
}

/** Healthy while the runtime answers. */
function healthAnswer({ pleg, clock }: NodeServerDeps, request: IncomingMessage, response: ServerResponse): void {
  const [path] = (request.url ?? '/').split('?');
  if (path !== '/healthz') { response.writeHead(404).end('404 page not found\n'); return; }
  const healthy = pleg.isHealthy(clock.monotonicNow());
  response.writeHead(healthy ? 200 : 500, { 'content-type': 'text/plain; charset=utf-8' }).end(healthy ? 'ok' : 'the container runtime does not answer\n');
}

async function answer(deps: NodeServerDeps, access: DelegatedAccess, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const verdict = await access.check(request);
    if (!verdict.allowed) throw new HttpFault(verdict.code, verdict.message);
    await route(deps, request, response);
  } catch (error) {
    if (response.headersSent) { response.destroy(); return; }
    const code = error instanceof HttpFault ? error.code : 500;
    if (code === 500) deps.logger.warn('a request failed', { path: request.url, error: errorMessage(error) });
    response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(errorMessage(error));
  }
}

async function route(deps: NodeServerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://node');
  const [first = '', ...rest] = url.pathname.split('/').filter((part) => part !== '').map(decodeURIComponent);
  const json = (body: unknown): void => { response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)); };
  switch (first) {
    case 'healthz': healthAnswer(deps, request, response); return;
    case 'pods': json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: deps.workers.list().map(({ pod, status }) => ({ ...pod, status })) }); return;
    case 'metrics': await metrics(deps, rest[0], response); return;
    case 'stats': json(await statsSummary(deps)); return;
    case 'containerLogs': {
      const [namespace = '', pod = '', container = ''] = rest;
      await serveContainerLogs(deps, { address: { namespace, pod, container }, query: url.searchParams }, response);
      return;
    }
    case 'localVolumes': await removeLocalVolume(deps, { method: request.method, name: rest }); json({}); return;
    case 'exec': case 'attach': case 'portForward': throw new HttpFault(400, 'Upgrade request required');
    default: throw new HttpFault(404, '404 page not found\n');
  }
}

async function metrics(deps: NodeServerDeps, kind: string | undefined, response: ServerResponse): Promise<void> {
  const text = kind === 'resource' || kind === 'cadvisor' ? await resourceMetrics(deps) : await deps.registry.metrics();
  response.writeHead(200, { 'content-type': deps.registry.contentType }).end(text);
}

interface Upgrade { request: IncomingMessage; socket: Duplex; head: Buffer }

async function upgrade(deps: NodeServerDeps, access: DelegatedAccess, { request, socket, head }: Upgrade): Promise<void> {
  socket.on('error', () => socket.destroy()); // a client that leaves is no fault
  try {
    const verdict = await access.check(request);
    if (!verdict.allowed) throw new HttpFault(verdict.code, verdict.message);
    await acceptUpgrade(deps, { request, socket, head });
  } catch (error) {
    const code = error instanceof HttpFault ? error.code : 500;
    const body = errorMessage(error);
    socket.end(`HTTP/1.1 ${code} ${code === 500 ? 'Internal Server Error' : 'Refused'}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
  }
}

import { createServer as createPlainServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { whenAborted, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { createAuthority, type FileFollower, issueCertificate, type KeyPair, type Logger, readAuthorities, readKeyPair, UserError } from '@kubernode/component-base';
import type { NodeFacts } from '../node/compute-node.ts';
import { acceptUpgrade } from './accept-upgrade.ts';
import type { CurrentCertificate } from '../certificates/current-certificate.ts';
import { DelegatedAccess } from './delegated-auth.ts';
import { faultOf, HttpFault, RETRY_AFTER_SECONDS } from './http-fault.ts';
import { healthAnswer } from './node-health.ts';
import { type RouteDeps, serveRoute } from './node-routes.ts';
import { parseTarget } from './request-target.ts';
import { createServerMetrics, type ServerMetrics } from './server-metrics.ts';

export interface NodeServerDeps extends RouteDeps {
  /** Replaces the certificate that the flags name, or the self-signed one, as soon as there is one, without a restart. */
  certificate?: CurrentCertificate | undefined;
  /** The files that the flags name may change while the server runs. */
  follower: FileFollower;
  facts: NodeFacts;
  client: Client;
  rng: Rng;
  logger: Logger;
  onListening?: ((port: number) => void) | undefined;
}

const SELF_SIGNED_LIFETIME_MS = 365 * 24 * 3_600_000;
/** Long commands are in the address. */
const HEADER_BYTES_MAX = 1024 * 1024;
const KEEP_ALIVE_MS = 90_000;
const HANDSHAKE_MS = 10_000;
/** Of exec, attach and port-forward at once; more are told to come back. */
const STREAMS_MAX = 1000;

interface Serving { deps: NodeServerDeps; access: DelegatedAccess; metrics: ServerMetrics; streams: Set<Duplex> }

/** Serves logs, exec, metrics to the API server and to operators until aborted, and /healthz to the host. */
export async function runNodeServer(deps: NodeServerDeps, signal: AbortSignal): Promise<void> {
  const { config: { server: settings, healthz }, clock, logger, client, facts } = deps;
  const access = new DelegatedAccess({ client, clock, logger, nodeName: facts.name, anonymous: settings.anonymous });
  const serving: Serving = { deps, access, metrics: createServerMetrics(deps.registry, clock), streams: new Set() };
  const server = createServer({
    requestCert: true, rejectUnauthorized: false,
    maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: KEEP_ALIVE_MS, handshakeTimeout: HANDSHAKE_MS,
  });
  using _rotation = followTls(deps, { own: settings.certFile === undefined ? await selfSigned(deps) : undefined, show: (tls) => { server.setSecureContext(tls); } });
  server.on('request', (request, response) => { void answer(serving, request, response); });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => { void upgrade(serving, { request, socket, head }); });
  const health = healthz.port === 0 ? undefined : createPlainServer((request, response) => { plainHealth(deps, request, response); });
  await listen(server, { host: settings.address, port: settings.port });
  if (health !== undefined) await listen(health, { host: healthz.address, port: healthz.port });
  deps.onListening?.((server.address() as AddressInfo).port); // listening on TCP
  await whenAborted(signal);
  for (const socket of serving.streams) socket.destroy();
  for (const one of [server, health]) { one?.close(); one?.closeAllConnections(); }
}

interface Shown { cert: string; key: string; ca?: string }

/** What the server shows and whom it believes, at first and after each change: the node's own certificate once there is one, else that of the files, else `own`. */
function followTls({ certificate: current, follower, config: { server: { certFile, keyFile, clientCaFile } } }: NodeServerDeps, { own, show }: { own: KeyPair | undefined; show: (tls: Shown) => void }): Disposable | undefined {
  let rotated: { cert: string; key: string } | undefined;
  let files: Partial<Shown> = {};
  const update = (): void => { show({ cert: own?.certificate ?? '', key: own?.key ?? '', ...files, ...rotated }); };
  follower.follow((read) => {
    const pair = certFile === undefined || keyFile === undefined ? undefined : readKeyPair(read, { certFile, keyFile });
    return { ...(pair !== undefined && { cert: pair.certificate, key: pair.key }), ...(clientCaFile !== undefined && { ca: readAuthorities(read, clientCaFile) }) };
  }, (read) => { files = read; update(); });
  return current?.follow(({ cert, key }) => { rotated = { cert, key }; update(); });
}

async function selfSigned({ facts, clock, rng }: NodeServerDeps): Promise<KeyPair> {
  const issue = { now: clock.now(), rng };
  const authority = await createAuthority({ commonName: `${facts.name}-ca`, lifetimeMs: SELF_SIGNED_LIFETIME_MS }, issue);
  const { certificate, key } = await issueCertificate(authority, { commonName: facts.name, dnsNames: [facts.name], ipAddresses: [facts.ip], usages: ['server'], lifetimeMs: SELF_SIGNED_LIFETIME_MS }, issue);
  return { certificate: certificate + authority.certificate, key };
}

function listen(server: ReturnType<typeof createPlainServer> | ReturnType<typeof createServer>, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new UserError(`port ${port} on ${host} is in use by another process; stop it or choose another port`) : error);
    });
    server.listen(port, host, () => resolve());
  });
}

/** Nothing but /healthz, and that on the host's own address: the one answer without credentials. */
function plainHealth({ checks }: NodeServerDeps, request: IncomingMessage, response: ServerResponse): void {
  try {
    const target = parseTarget(request);
    if (target.segments[0] !== 'healthz') throw new HttpFault(404, '404 page not found\n');
    const { status, text } = healthAnswer(checks, target);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  } catch (error) {
    sendFault(response, faultOf(error));
  }
}

async function answer({ deps, access, metrics }: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  metrics.observe(request, response);
  try {
    const target = parseTarget(request);
    await access.check(request, target);
    await serveRoute(deps, target, response);
  } catch (error) {
    const fault = faultOf(error);
    if (response.destroyed) return; // the client has left
    if (fault.code === 500) deps.logger.warn('a request failed', { path: request.url, error: fault.message });
    if (response.headersSent) response.destroy(); else sendFault(response, fault);
  }
}

function sendFault(response: ServerResponse, { code, message }: HttpFault): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end(message);
}

interface Upgrade { request: IncomingMessage; socket: Duplex; head: Buffer }

async function upgrade({ deps, access, metrics, streams }: Serving, { request, socket, head }: Upgrade): Promise<void> {
  socket.on('error', () => socket.destroy()); // a client that leaves is no fault
  try {
    const target = parseTarget(request);
    await access.check(request, target);
    if (streams.size >= STREAMS_MAX) throw new HttpFault(429, 'too many streams are open on this node');
    streams.add(socket);
    socket.once('close', () => streams.delete(socket));
    const form = await acceptUpgrade(deps, { request, target, socket, head });
    if (form.kind !== 'passed') metrics.websocketStreams.inc({ subresource: target.segments[0]?.toLowerCase() ?? '' });
  } catch (error) {
    refuseUpgrade(socket, faultOf(error));
  }
}

function refuseUpgrade(socket: Duplex, { code, message }: HttpFault): void {
  if (!socket.writable) return;
  const later = code === 429 ? `Retry-After: ${RETRY_AFTER_SECONDS}\r\n` : '';
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Refused'}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(message)}\r\n${later}Connection: close\r\n\r\n${message}`);
}

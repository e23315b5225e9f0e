import { createServer, type RequestListener, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createServer as createTlsServer } from 'node:https';
import express, { type Express, type RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import { onAbort } from '@kubernode/base';
import { EXPOSITION_TYPE } from './exposition.ts';
import { UserError } from './options.ts';
import type { FileFollower } from './tls/file-follower.ts';
import { readKeyPair } from './tls/read-pem.ts';

/** One thing that has to be so for a process to be healthy or ready; a string says why it is not. */
export type HealthCheck = () => true | string;

/** Metrics beside those of the registry, made piece by piece while they are sent. */
export type MetricsPage = () => Iterable<string>;

/** So many pages are written at once; whoever comes beyond is told to come again. */
const PAGES_AT_ONCE_MAX = 2;

export interface ObservabilityOptions {
  /** The component's own. */
  registry: Registry;
  /** By name, as `/readyz/NAME` and `?verbose` show them. */
  livez?: Readonly<Record<string, HealthCheck>>;
  readyz?: Readonly<Record<string, HealthCheck>>;
  /** By path; looked at with each request, so that they may come later. */
  pages?: ReadonlyMap<string, MetricsPage>;
}

/** /metrics, /healthz, /livez and /readyz with Kubernetes' texts. */
export function observabilityApp({ registry, livez = {}, readyz = {}, pages = new Map() }: ObservabilityOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  for (const [name, checks] of [['healthz', livez], ['livez', livez], ['readyz', readyz]] as const) {
    app.get(`/${name}`, (request, response) => {
      const results = Object.entries(checks).map(([check, run]) => ({ check, result: run() }));
      const failed = results.some(({ result }) => result !== true);
      const lines = results.map(({ check, result }) => (result === true ? `[+]${check} ok` : `[-]${check} failed: ${result}`));
      const verbose = failed || request.query['verbose'] !== undefined;
      response.status(failed ? 500 : 200).type('text/plain').send(verbose ? `${[...lines, `${name} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n` : 'ok');
    });
    app.get(`/${name}/:check`, (request, response) => {
      const run = checks[request.params.check];
      if (!run) { response.status(404).type('text/plain').send('404 page not found\n'); return; }
      const result = run();
      response.status(result === true ? 200 : 500).type('text/plain').send(result === true ? 'ok' : `${result}\n`);
    });
  }
  app.use(servePages(pages));
  return app;
}

function servePages(pages: ReadonlyMap<string, MetricsPage>): RequestHandler {
  let writing = 0;
  return async (request, response, next) => {
    const page = request.method === 'GET' ? pages.get(request.path) : undefined;
    if (page === undefined) { next(); return; }
    if (writing >= PAGES_AT_ONCE_MAX) { response.status(503).type('text/plain').send('too many are reading this already\n'); return; }
    writing++;
    try {
      response.setHeader('content-type', EXPOSITION_TYPE);
      await pipeline(Readable.from(page()), response);
    } catch (error) {
      if (!response.destroyed) throw error; // a reader may go before the end
    } finally { writing--; }
  };
}

/** A certificate and its key, which may change while they are served with. */
export interface ServedFiles { certFile: string; keyFile: string; follower: FileFollower }

/** Serves an app until aborted; over TLS when a certificate is given. UserError when the port cannot be had. */
export async function serveApp({ app, host, port, tls, signal }: { app: RequestListener; host: string; port: number; tls?: ServedFiles; signal: AbortSignal }): Promise<void> {
  const server: Server = tls === undefined ? createServer(app) : tlsServer(app, tls);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new UserError(`port ${port} on ${host} is in use by another process; stop it or choose another port`) : error);
    });
    server.listen(port, host, resolve);
  });
  await new Promise<void>((resolve) => {
    const link = onAbort(signal, () => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    server.once('close', () => link[Symbol.dispose]());
  });
}

function tlsServer(app: RequestListener, { follower, ...files }: ServedFiles): Server {
  const server = createTlsServer(app);
  follower.follow((read) => readKeyPair(read, files), ({ certificate, key }) => { server.setSecureContext({ cert: certificate, key }); });
  return server;
}

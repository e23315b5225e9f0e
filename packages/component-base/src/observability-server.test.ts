import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { Counter, Registry } from 'prom-client';
import { observabilityApp, serveApp } from './observability-server.ts';

async function answersOf(paths: readonly string[]): Promise<[number | undefined, string][]> {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(3);
  const server = createServer(observabilityApp({ registry, livez: { ping: () => true }, readyz: { ping: () => true, cache: () => 'still loading' } }));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo; // listening on TCP
  const answers = await Promise.all(paths.map((path) => new Promise<[number | undefined, string]>((resolve, reject) => {
    request({ port, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => resolve([response.statusCode, text]));
    }).on('error', reject).end();
  })));
  await new Promise((resolve) => { server.close(resolve); });
  return answers;
}

test('observabilityApp answers health checks as Kubernetes components do', async () => {
  expect(await answersOf(['/healthz', '/livez?verbose', '/readyz', '/readyz/cache', '/readyz/ping', '/readyz/none'])).toEqual([
    [200, 'ok'],
    [200, '[+]ping ok\nlivez check passed\n'],
    [500, '[+]ping ok\n[-]cache failed: still loading\nreadyz check failed\n'],
    [500, 'still loading\n'],
    [200, 'ok'],
    [404, '404 page not found\n'],
  ]);
});

test('observabilityApp shows the registry', async () => {
  expect(await answersOf(['/metrics'])).toEqual([[200, '# HELP things_total Things.\n# TYPE things_total counter\nthings_total 3\n']]);
});

test('serveApp says which port is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => { other.listen(0, '127.0.0.1', resolve); });
  const { port } = other.address() as AddressInfo; // listening on TCP
  const app = observabilityApp({ registry: new Registry() });
  await expect(serveApp({ app, host: '127.0.0.1', port, signal: new AbortController().signal })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  await new Promise((resolve) => { other.close(resolve); });
});

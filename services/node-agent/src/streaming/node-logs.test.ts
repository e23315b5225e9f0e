import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { faultOf } from './http-fault.ts';
import { healthAnswer } from './node-health.ts';
import { serveNodeLogs } from './node-logs.ts';
import { parseTarget } from './request-target.ts';
import { pathLabel } from './server-metrics.ts';

let root: string;
let server: Server;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'node-logs-'));
  mkdirSync(`${root}/log/pods/a`, { recursive: true });
  writeFileSync(`${root}/log/syslog`, 'a line\n');
  writeFileSync(`${root}/log/empty`, '');
  writeFileSync(`${root}/log/<b>&"`, 'odd');
  writeFileSync(`${root}/log/pods/a/0.log`, 'of a pod\n');
  writeFileSync(`${root}/secret`, 'secret');
  symlinkSync('pods/a/0.log', `${root}/log/inside`);
  symlinkSync('../secret', `${root}/log/outside`);
  symlinkSync('/etc', `${root}/log/etc`);
  server = createServer((request, response) => {
    void (async () => {
      try { await serveNodeLogs(`${root}/log`, parseTarget(request), response); } catch (error) { const { code, message } = faultOf(error); response.writeHead(code).end(message); }
    })();
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
});
afterAll(() => { server.close(); rmSync(root, { recursive: true }); });

function ask(url: string): Promise<{ status: number; body: string; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: url, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: response.statusCode ?? 0, body, location: response.headers.location }));
    }).on('error', reject);
  });
}

test.each([['/logs/syslog', 'a line\n'], ['/logs/empty', ''], ['/logs/inside', 'of a pod\n'], ['/logs/pods/a/0.log', 'of a pod\n'], ['/logs/%3Cb%3E&%22', 'odd']])('serveNodeLogs: %s', async (url, body) => {
  expect(await ask(url)).toMatchObject({ status: 200, body });
});

test('serveNodeLogs lists directories, with names that no browser mistakes', async () => {
  const { status, body } = await ask('/logs/');
  expect([status, body.includes('<a href="pods">'), body]).toEqual([200, false, expect.stringContaining('<a href="%3Cb%3E%26%22">&lt;b&gt;&amp;&#34;</a>\n')]);
  expect(body).toContain('<a href="pods/">pods/</a>');
  expect((await ask('/logs/pods')).location).toBe('pods/');
});

test.each(['/logs/outside', '/logs/etc/passwd', '/logs/etc/', '/logs/none', '/logs/syslog/x'])('serveNodeLogs: %s is not there', async (url) => { expect(await ask(url)).toMatchObject({ status: 404, body: '404 page not found\n' }); });
test.each(['/logs/%2e%2e/secret', '/logs/..%2fsecret', '/logs/pods/%2e%2e/%2e%2e/secret', '/logs/a%00'])('serveNodeLogs: %s is refused', async (url) => { expect((await ask(url)).status).toBe(400); });

const checks = { ping: () => undefined, syncloop: () => 'no' };
test.each([
  ['/healthz', { ping: checks.ping }, 200, 'ok'], ['/healthz?verbose', { ping: checks.ping }, 200, '[+]ping ok\nhealthz check passed\n'],
  ['/healthz', checks, 500, '[+]ping ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n'],
  ['/healthz/ping', checks, 200, 'ok'], ['/healthz/syncloop', checks, 500, 'internal server error: no\n'], ['/healthz/toString', checks, 404, '404 page not found\n'],
])('healthAnswer: %s', (url, given, status, text) => { expect(healthAnswer(given, parseTarget({ url }))).toEqual({ status, text }); });

test.each([['/metrics', 'metrics'], ['/metrics/cadvisor?x', 'metrics/cadvisor'], ['/metrics/other', 'other'], ['/exec/a/b/c', 'exec'], ['/x', 'other'], ['/', 'other'], ['', 'other']])('pathLabel: %s', (url, want) => { expect(pathLabel(url)).toBe(want); });

// A small load generator over HTTP/2: one connection, many requests under way, one JSON line a mode.
// usage: tsx bench/load-driver.ts URL TOKEN PODS GETS MODE…     (create get list listnew patch status watch delete)
import { connect, type ClientHttp2Session } from 'node:http2';

const UNDER_WAY = 32;
const LISTS = 20;
const LISTS_UNDER_WAY = 2;
const WATCHERS = 200;
const CHANGES = 300;
const CHANGES_UNDER_WAY = 8;
const WATCH_MS_MAX = 60_000;
const NAMESPACE = '/api/v1/namespaces/load';
const PODS = `${NAMESPACE}/pods`;

const [url = '', token = '', pods = '2000', gets = '20000', ...modes] = process.argv.slice(2);
const podCount = Number(pods);

interface Call { method?: string; path: string; body?: object; type?: string; wants: number }

class Load {
  readonly #session: ClientHttp2Session;
  failures = 0;

  constructor(session: ClientHttp2Session) { this.#session = session; }

  call({ method = 'GET', path, body, type = 'application/json', wants }: Call): Promise<number> {
    return new Promise((resolve, reject) => {
      let bytes = 0;
      const stream = this.#session.request({ ':method': method, ':path': path, authorization: `Bearer ${token}`, accept: 'application/json', ...(body && { 'content-type': type }) });
      stream.on('response', (headers) => { if (headers[':status'] !== wants) this.failures++; });
      stream.on('data', (chunk: Buffer) => { bytes += chunk.length; }).on('end', () => resolve(bytes)).on('error', reject);
      if (body !== undefined) stream.end(JSON.stringify(body));
    });
  }

  /** Does something `count` times, `underWay` at a time; prints how fast. */
  async measure(mode: string, count: number, underWay: number, one: (index: number) => Promise<number>): Promise<void> {
    const latencies: number[] = [];
    let next = 0;
    let bytes = 0;
    const begunAt = performance.now();
    await Promise.all(Array.from({ length: underWay }, async () => {
      while (next < count) {
        const index = next++;
        const startedAt = performance.now();
        bytes += await one(index);
        latencies.push(performance.now() - startedAt);
      }
    }));
    const seconds = (performance.now() - begunAt) / 1000;
    this.report(mode, count / seconds, latencies, `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`);
  }

  report(mode: string, rate: number, latencies: number[], note: string): void {
    latencies.sort((a, b) => a - b);
    const quantile = (q: number): number => latencies[Math.floor(q * (latencies.length - 1))] ?? 0;
    process.stdout.write(`${JSON.stringify({ mode, rate, p50ms: quantile(0.5), p99ms: quantile(0.99), failures: this.failures, note })}\n`);
    this.failures = 0;
  }

  /** Many watches of the same pods, each of which has to see every change. */
  async watch(): Promise<void> {
    const mark = Buffer.from('"example.com/note":"w');
    const latencies: number[] = [];
    const expected = WATCHERS * CHANGES;
    const sentAt: number[] = [];
    let seen = 0;
    const version = await this.#version();
    let done = (): void => undefined;
    const all = new Promise<void>((resolve) => { done = resolve; });
    const streams = await Promise.all(Array.from({ length: WATCHERS }, () => new Promise<{ close: () => void }>((resolve) => {
      const stream = this.#session.request({ ':path': `${PODS}?watch=1&timeoutSeconds=120&resourceVersion=${version}`, authorization: `Bearer ${token}` });
      stream.on('response', () => resolve({ close: () => stream.close(8) })).on('error', () => undefined);
      let rest: Buffer = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        const end = bytes.lastIndexOf('\n') + 1;
        for (let at = bytes.indexOf(mark); at >= 0 && at < end; at = bytes.indexOf(mark, at + 1)) {
          latencies.push(performance.now() - (sentAt[Number.parseInt(bytes.toString('latin1', at + mark.length, at + mark.length + 6), 10)] ?? 0));
          if (++seen === expected) done();
        }
        rest = bytes.subarray(end);
      });
    })));
    const begunAt = performance.now();
    let next = 0;
    await Promise.all(Array.from({ length: CHANGES_UNDER_WAY }, async () => {
      while (next < CHANGES) {
        const index = next++;
        sentAt[index] = performance.now();
        await this.call({ method: 'PATCH', path: `${PODS}/pod-${index % podCount}`, body: note(`w${index}`), type: 'application/merge-patch+json', wants: 200 });
      }
    }));
    await Promise.race([all, new Promise((resolve) => { setTimeout(resolve, WATCH_MS_MAX).unref(); })]);
    const seconds = (performance.now() - begunAt) / 1000;
    for (const stream of streams) stream.close();
    this.failures += expected - seen;
    this.report('watch', seen / seconds, latencies, `${WATCHERS} streams`);
  }

  #version(): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      this.#session.request({ ':path': `${PODS}?limit=1`, authorization: `Bearer ${token}` }).on('error', reject)
        .on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve((JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion));
    });
  }
}

function note(text: string): object { return { metadata: { annotations: { 'example.com/note': text } } }; }

function pod(index: number): object {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${index}`, labels: { app: 'load', tier: `t${index % 10}` }, annotations: { 'example.com/note': '0' } },
    spec: {
      nodeName: `node-${index % 100}`, automountServiceAccountToken: false,
      containers: [{
        name: 'main', image: 'registry.example.com/app:1.0', command: ['/bin/app', '--serve'], env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 8080, protocol: 'TCP' }],
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } }, readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
      }],
    },
  };
}

async function run(load: Load, mode: string): Promise<void> {
  const each = (index: number): string => `${PODS}/pod-${index % podCount}`;
  switch (mode) {
    case 'create': return load.measure(mode, podCount, UNDER_WAY, (index) => load.call({ method: 'POST', path: PODS, body: pod(index), wants: 201 }));
    case 'get': return load.measure(mode, Number(gets), UNDER_WAY, (index) => load.call({ path: each(index), wants: 200 }));
    case 'list': return load.measure(mode, LISTS, LISTS_UNDER_WAY, () => load.call({ path: `${PODS}?resourceVersion=0`, wants: 200 }));
    case 'listnew': return load.measure(mode, LISTS, LISTS_UNDER_WAY, () => load.call({ path: PODS, wants: 200 }));
    case 'patch': return load.measure(mode, podCount, UNDER_WAY, (index) => load.call({ method: 'PATCH', path: each(index), body: note(String(index)), type: 'application/strategic-merge-patch+json', wants: 200 }));
    case 'status': return load.measure(mode, podCount, UNDER_WAY, (index) => load.call({ method: 'PATCH', path: `${each(index)}/status`, body: { status: { phase: 'Running', podIP: '10.0.0.1' } }, type: 'application/strategic-merge-patch+json', wants: 200 }));
    case 'delete': return load.measure(mode, podCount, UNDER_WAY, (index) => load.call({ method: 'DELETE', path: `${each(index)}?gracePeriodSeconds=0`, wants: 200 }));
    case 'watch': return load.watch();
    default: throw new Error(`no mode ${mode}`);
  }
}

const session = connect(url, { rejectUnauthorized: false, settings: { initialWindowSize: 4 * 1024 * 1024 }, maxSessionMemory: 1000 });
session.on('connect', () => { session.setLocalWindowSize(64 * 1024 * 1024); });
const load = new Load(session);
await load.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'load' } }, wants: 201 });
await load.call({ method: 'POST', path: `${NAMESPACE}/serviceaccounts`, body: { metadata: { name: 'default' } }, wants: 201 });
load.failures = 0;
for (const mode of modes) await run(load, mode);
session.destroy();

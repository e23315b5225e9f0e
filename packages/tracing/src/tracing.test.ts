import { createServer as createHttpServer } from 'node:http';
import { createServer, type Http2Server } from 'node:http2';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { MessageReader } from '@kubernode/rpc';
import { openTracing } from './open-tracing.ts';
import { SpanExporter, WAITING_MAX } from './span-exporter.ts';
import { formatTraceparent, parseTraceparent } from './trace-context.ts';
import { Tracer, type FinishedSpan } from './tracer.ts';
import { parseTracingConfiguration } from './tracing-configuration.ts';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true };

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', CALLER],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', { ...CALLER, sampled: false }],
  ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', CALLER],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', undefined],
  ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', undefined],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', undefined], ['', undefined], [undefined, undefined],
])('parseTraceparent(%j)', (text, expected) => { expect(parseTraceparent(text)).toEqual(expected); });

test('formatTraceparent writes what parseTraceparent reads', () => { expect(parseTraceparent(formatTraceparent(CALLER))).toEqual(CALLER); });

function traced(samplingRatePerMillion: number): { tracer: Tracer; spans: FinishedSpan[] } {
  const spans: FinishedSpan[] = [];
  return { spans, tracer: new Tracer({ clock: systemClock, rng: seededRng(1), samplingRatePerMillion, sink: { add: (span) => { spans.push(span); return true; } } }) };
}

describe('Tracer', () => {
  test.each([
    ['nobody sampled, no rate', 0, {}, false],
    ['every trace', 1_000_000, {}, true],
    ["a trusted caller's decision for", 0, { caller: CALLER }, true],
    ["a trusted caller's decision against", 1_000_000, { caller: { ...CALLER, sampled: false } }, false],
    ["another's decision is not taken over", 0, { caller: CALLER, isTrusted: false }, false],
  ])('%s', (_what, rate, options, expected) => { expect(traced(rate).tracer.begin('x', options) !== undefined).toBe(expected); });

  test('children stand below their parents in one trace, and a caller that is not trusted is linked', () => {
    const { tracer, spans } = traced(1_000_000);
    const root = tracer.begin('root', { kind: 'server', caller: CALLER, isTrusted: false });
    const child = root?.child('child', { kind: 'client', attributes: { n: 1 } });
    child?.end({ error: 'broken' });
    child?.end();
    root?.end();
    expect(spans.map(({ name, kind, parentSpanId, link, error, attributes }) => ({ name, kind, parentSpanId, link, error, attributes }))).toEqual([
      { name: 'child', kind: 'client', parentSpanId: root?.context.spanId, link: undefined, error: 'broken', attributes: { n: 1 } },
      { name: 'root', kind: 'server', parentSpanId: '', link: CALLER, error: undefined, attributes: {} },
    ]);
    expect(child?.context.traceId).toBe(root?.context.traceId);
  });
});

test('a collector that is slow costs spans, never memory or time', async () => {
  const sent: number[] = [];
  const exporter = new SpanExporter({ clock: systemClock, logger: silentLogger, send: (spans, signal) => { sent.push(spans.length); return new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(new Error('aborted')); }); }); } });
  const { tracer } = { tracer: new Tracer({ clock: systemClock, rng: seededRng(1), samplingRatePerMillion: 1_000_000, sink: exporter }) };
  for (let i = 0; i < WAITING_MAX + 10; i++) tracer.begin('x')?.end();
  expect(exporter.dropped).toBe(10);
  const stop = new AbortController();
  const running = exporter.run(stop.signal);
  stop.abort();
  await running;
  expect(sent.length).toBeGreaterThan(0);
});

/** What a collector reads of an export: service name and, of each span, name, ids and whether it failed. */
function decodeExport(message: Buffer): { service: string; spans: { name: string; traceId: string; parent: string; attributes: Record<string, string> }[] } {
  const result = { service: '', spans: [] as ReturnType<typeof decodeExport>['spans'] };
  const attribute = (reader: MessageReader): [string, string] => { let key = '', value = ''; while (reader.next()) { if (reader.field === 1) key = reader.string(); if (reader.field === 2) { const any = reader.message(); while (any.next()) value = any.field === 1 ? any.string() : String(any.int()); } } return [key, value]; };
  const resourceSpans = new MessageReader(message);
  while (resourceSpans.next()) for (const part = resourceSpans.message(); part.next();) {
    if (part.field === 1) for (const resource = part.message(); resource.next();) { const [key, value] = attribute(resource.message()); if (key === 'service.name') result.service = value; }
    if (part.field !== 2) continue;
    for (const scope = part.message(); scope.next();) {
      if (scope.field !== 2) continue;
      const span = { name: '', traceId: '', parent: '', attributes: {} as Record<string, string> };
      for (const field = scope.message(); field.next();) {
        if (field.field === 1) span.traceId = field.bytes().toString('hex');
        if (field.field === 4) span.parent = field.bytes().toString('hex');
        if (field.field === 5) span.name = field.string();
        if (field.field === 9) { const [key, value] = attribute(field.message()); span.attributes[key] = value; }
      }
      result.spans.push(span);
    }
  }
  return result;
}

describe('openTracing', () => {
  const exported: ReturnType<typeof decodeExport>[] = [];
  let grpc: Http2Server;
  let http: ReturnType<typeof createHttpServer>;
  beforeAll(async () => {
    grpc = createServer();
    grpc.on('stream', (stream, headers) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        if (headers[':path'] === '/opentelemetry.proto.collector.trace.v1.TraceService/Export') exported.push(decodeExport(Buffer.concat(pieces).subarray(5)));
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0' }); });
        stream.end(Buffer.alloc(5));
      });
    });
    http = createHttpServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => { if (request.url === '/v1/traces') exported.push(decodeExport(Buffer.concat(pieces))); response.end(); });
    });
    await Promise.all([new Promise<void>((resolve) => { grpc.listen(0, '127.0.0.1', resolve); }), new Promise<void>((resolve) => { http.listen(0, '127.0.0.1', resolve); })]);
  });
  afterAll(async () => { await Promise.all([new Promise((resolve) => { grpc.close(resolve); }), new Promise((resolve) => { http.close(resolve); })]); });

  test.each(['gRPC', 'HTTP'])('spans reach a collector by OTLP over %s', async (how) => {
    exported.length = 0;
    const endpoint = how === 'gRPC' ? `127.0.0.1:${(grpc.address() as AddressInfo).port}` : `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/traces`; // they listen
    const { tracer, run } = await openTracing({ endpoint, samplingRatePerMillion: 1_000_000 }, { service: 'apiserver', instance: 'a', clock: systemClock, rng: seededRng(2), logger: silentLogger });
    const root = tracer.begin('POST /api/v1/pods', { kind: 'server', caller: CALLER, attributes: { 'http.target': '/api/v1/pods' } });
    root?.child('Create').end();
    root?.end();
    await run(AbortSignal.abort()); // sends what is left
    expect(exported).toEqual([{ service: 'apiserver', spans: [{ name: 'Create', traceId: CALLER.traceId, parent: root?.context.spanId, attributes: {} }, { name: 'POST /api/v1/pods', traceId: CALLER.traceId, parent: CALLER.spanId, attributes: { 'http.target': '/api/v1/pods' } }] }]);
  });
});

describe('parseTracingConfiguration', () => {
  let dir: string;
  beforeAll(() => { dir = mkdtempSync(path.join(tmpdir(), 'tracing-')); });
  afterAll(() => { rmSync(dir, { recursive: true }); });
  const HEAD = 'apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n';
  const parse = (text: string): unknown => { const file = path.join(dir, 'tracing.yaml'); writeFileSync(file, text); return parseTracingConfiguration(file); };

  test('Kubernetes\' defaults hold for what is left out', () => {
    expect([parse(HEAD), parse(`${HEAD}endpoint: 10.0.0.1:4317\nsamplingRatePerMillion: 100\n`)]).toEqual([{ endpoint: 'localhost:4317', samplingRatePerMillion: 0 }, { endpoint: '10.0.0.1:4317', samplingRatePerMillion: 100 }]);
  });
  test.each([
    ['kind: Nonsense\napiVersion: v1\n', 'kind and apiVersion have to be TracingConfiguration'],
    [`${HEAD}samplingRatePerMillion: 2000000\nendpoint: 'ftp://x y'\nmore: 1\n`, /unknown field "more"; endpoint: Invalid value.*; samplingRatePerMillion: Invalid value: 2000000: sampling rate per million must be less than or equal to one million/],
  ])('%j is refused with all that is wrong', (text, message) => { expect(() => parse(text)).toThrow(message); });
});

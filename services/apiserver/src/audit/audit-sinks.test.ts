import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import type { AuditEvent } from './audit-event.ts';
import type { AuditSink } from './audit-sink.ts';
import { forgivingSink, unionSink } from './audit-sink.ts';
import { BufferedSink, type BatchConfig } from './buffered-sink.ts';
import { logSink } from './log-sink.ts';
import { backupsAmong, backupsToKeep, RotatingFile } from './rotating-file.ts';
import { truncatingSink } from './truncating-sink.ts';
import { webhookSink } from './webhook-sink.ts';

function event(auditID: string, more: Partial<AuditEvent> = {}): AuditEvent {
  return { level: 'Request', auditID, stage: 'ResponseComplete', requestURI: '/', verb: 'get', user: undefined, sourceIPs: [], userAgent: '', receivedAt: 0, stageAt: 0, annotations: {}, ...more };
}

/** Keeps the ids of the batches it gets, and says what the test wants. */
function recorder(keeps: () => boolean | Promise<boolean> = () => true): AuditSink & { batches: string[][]; events: AuditEvent[] } {
  const batches: string[][] = [];
  const events: AuditEvent[] = [];
  return { batches, events, process(given) { batches.push(given.map(({ auditID }) => auditID)); events.push(...given); return keeps(); } };
}

function losses(): { lost: string[]; report: (plugin: string, why: string, events: readonly AuditEvent[]) => void } {
  const lost: string[] = [];
  return { lost, report: (plugin, why, events) => { lost.push(`${plugin}: ${why}: ${events.map(({ auditID }) => auditID).join(' ')}`); } };
}

describe('unionSink and forgivingSink', () => {
  it('keep what all keep, and forgive', async () => {
    const [good, bad] = [recorder(), recorder(() => Promise.resolve(false))];
    expect(await unionSink([good, bad]).process([event('a')])).toBe(false);
    expect(await unionSink([good, forgivingSink(bad)]).process([event('b')])).toBe(true);
    expect([good.batches, bad.batches]).toEqual([[['a'], ['b']], [['a'], ['b']]]);
  });
});

describe('BufferedSink', () => {
  const config: BatchConfig = { bufferSize: 4, maxBatchSize: 2, maxBatchWaitMs: 1000, throttle: undefined };

  it('sends full batches at once, others when they have waited, and what is left at the end', async () => {
    const clock = createFakeClock();
    const inner = recorder();
    const sink = new BufferedSink({ sink: inner, config, clock, reportLoss: losses().report });
    const stop = new AbortController();
    const running = sink.run(stop.signal);
    sink.process([event('a'), event('b'), event('c')]);
    await clock.advance(0);
    expect(inner.batches).toEqual([['a', 'b'], ['c']]); // what waits behind a full batch goes with it
    sink.process([event('d')]);
    await clock.advance(999);
    expect(inner.batches).toHaveLength(2);
    await clock.advance(1);
    expect(inner.batches.at(-1)).toEqual(['d']);
    sink.process([event('e')]);
    stop.abort();
    await running;
    expect(inner.batches.at(-1)).toEqual(['e']);
  });

  it('loses what does not fit and what comes too late, and tells', async () => {
    const { lost, report } = losses();
    const sink = new BufferedSink({ sink: recorder(), config, clock: createFakeClock(), reportLoss: report });
    expect(sink.process(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => event(id)))).toBe(true);
    await sink.run(AbortSignal.abort());
    sink.process([event('g')]);
    expect(lost).toEqual(['buffered: audit buffer queue blocked: e f', 'buffered: audit backend shut down: g']);
  });

  it('sends no more batches a second than it may', async () => {
    const clock = createFakeClock();
    const inner = recorder();
    const sink = new BufferedSink({ sink: inner, config: { ...config, bufferSize: 100, maxBatchSize: 1, throttle: { qps: 2, burst: 3 } }, clock, reportLoss: losses().report });
    const stop = new AbortController();
    const running = sink.run(stop.signal);
    sink.process(Array.from({ length: 10 }, (_, index) => event(String(index))));
    await clock.advance(0);
    expect(inner.batches).toHaveLength(3);
    await clock.advance(1000);
    expect(inner.batches).toHaveLength(5);
    stop.abort();
    await running;
    expect(inner.batches).toHaveLength(10);
  });
});

describe('truncatingSink', () => {
  it('takes bodies away, drops what is still too large, splits batches', () => {
    const inner = recorder();
    const { lost, report } = losses();
    const sink = truncatingSink(inner, { maxEventBytes: 400, maxBatchBytes: 500 }, report);
    const large = JSON.stringify('x'.repeat(400));
    void sink.process([event('small'), event('body', { requestObject: large }), event('uri', { requestURI: 'x'.repeat(400), requestObject: large }), event('meta', { level: 'Metadata', userAgent: 'x'.repeat(400) })]);
    expect(inner.batches).toEqual([['small'], ['body']]);
    expect(inner.events[1]).toEqual(event('body', { annotations: { 'audit.k8s.io/truncated': 'true' } }));
    expect(lost).toEqual(['truncate: event is too large even after truncating: uri meta']);
  });
});

describe('logSink', () => {
  it('tells when a line could not be written', () => {
    const { lost, report } = losses();
    const full = { write: () => { throw new Error('no space left'); } };
    expect(logSink({ writer: full, format: 'json', reportLoss: report }).process([event('a')])).toBe(false);
    expect(lost).toEqual(['log: no space left: a']);
  });
});

describe('webhookSink', () => {
  it('sends a list, tries again at growing intervals, and gives up', async () => {
    const clock = createFakeClock();
    const { lost, report } = losses();
    const bodies: string[] = [];
    let status = 500;
    const transport = { call: async ({ body }: { body?: Buffer | undefined }) => { bodies.push(String(body)); return { status, contentType: '', body: Buffer.alloc(0), warnings: [] }; } };
    const sink = webhookSink({ transport, initialBackoffMs: 1000, clock, rng: seededRng(1), reportLoss: report });
    const first = sink.process([event('a')]);
    await clock.advance(1200);
    expect(bodies).toHaveLength(2);
    await clock.advance(20_000);
    expect(await first).toBe(false);
    expect(bodies).toHaveLength(5);
    expect(lost).toEqual(['webhook: the webhook answered with status 500: a']);
    status = 200;
    expect(await sink.process([event('b'), event('c')])).toBe(true);
    const { items, ...list } = JSON.parse(bodies.at(-1) ?? '') as { items: { auditID: string; kind?: string }[] };
    expect(list).toEqual({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} });
    expect(items.map(({ auditID, kind }) => [auditID, kind])).toEqual([['b', undefined], ['c', undefined]]);
  });
});

describe('RotatingFile', () => {
  let folder = '';
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'audit-')); });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  it('puts full files aside under their time, compresses them and keeps the newest', async () => {
    let now = Date.UTC(2026, 0, 1);
    const file = RotatingFile.open({ path: join(folder, 'audit.log'), maxBytes: 10, maxBackups: 2, maxAgeDays: 0, compress: true, clock: { now: () => now }, logger: silentLogger });
    for (const lines of ['first\n', 'second\n', 'third\n', 'fourth\n']) { file.write(lines); now += 1500; }
    await file.tidied();
    file.close();
    expect(readdirSync(folder).sort()).toEqual(['audit-2026-01-01T00-00-03.000.log.gz', 'audit-2026-01-01T00-00-04.500.log.gz', 'audit.log']);
    expect(readFileSync(join(folder, 'audit.log'), 'utf8')).toBe('fourth\n');
    expect(gunzipSync(readFileSync(join(folder, 'audit-2026-01-01T00-00-04.500.log.gz'))).toString()).toBe('third\n');
    expect(() => RotatingFile.open({ path: join(folder, 'b.log'), maxBytes: 4, maxBackups: 0, maxAgeDays: 0, compress: false, clock: { now: () => now }, logger: silentLogger }).write('too long\n')).toThrow('write length 9 exceeds maximum file size 4');
  });

  it('knows its own old files by name', () => {
    const names = ['audit.log', 'audit-2026-01-01T00-00-03.000.log', 'audit-2026-01-02T00-00-03.000.log.gz', 'audit-old.log', 'other-2026-01-01T00-00-03.000.log'];
    const backups = backupsAmong(names, '/var/log/audit.log');
    expect(backups.map(({ name }) => name)).toEqual([names[2], names[1]]);
    expect([...backupsToKeep(backups, { maxBackups: 0, oldest: Date.UTC(2026, 0, 2) })]).toEqual([names[2]]);
    expect([...backupsToKeep(backups, { maxBackups: 1, oldest: 0 })]).toEqual([names[2]]);
  });
});

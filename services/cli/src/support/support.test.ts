import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { systemClock, systemRng } from '@kubernode/base';
import type { JsonObject } from '@kubernode/apimachinery';
import { createFakeClient } from '@kubernode/testing';
import { supportBundleCommand } from '../cmd/support-bundle.ts';
import { apiSections } from './api-sections.ts';
import { collect, FILE_CHARACTERS_MAX } from './collect.ts';
import { linesSince } from './log-lines.ts';
import { redactObject } from './redact-object.ts';

const SECRETS = ['hunter2', 'c2VjcmV0LXZhbHVl', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmVk', 'abcdef.0123456789abcdef', 'tok-very-secret', 'MIIEsecretkey'];
const [PASSWORD, BASE64, JWT, BOOTSTRAP, TOKEN, KEY] = SECRETS as [string, string, string, string, string, string];
const signal = new AbortController().signal;

/** Secrets at every place of the API where they may stand. */
const OBJECTS: readonly JsonObject[] = [
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${BASE64}"}` } }, data: { password: BASE64 }, stringData: { other: PASSWORD }, type: 'Opaque' },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'shop', annotations: { 'example.com/api-token': TOKEN, note: `use ${JWT}` } }, data: { 'app.ini': `password=${PASSWORD}` } },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' }, spec: { containers: [{ name: 'c', args: [`--db-password=${PASSWORD}`, `--url=https://me:${PASSWORD}@db/x`], env: [{ name: 'DB_PASSWORD', value: PASSWORD }, { name: 'MODE', value: 'fast' }, { name: 'FROM', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }] } },
  { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { token: TOKEN, auth: { clientSecret: PASSWORD }, secretName: 'db', join: BOOTSTRAP, pem: `-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----` } },
];

test('redactObject leaves no secret and what helps to find a fault', () => {
  const shown = OBJECTS.map((object) => redactObject(object));
  const text = JSON.stringify(shown);
  for (const secret of SECRETS) expect(text).not.toContain(secret);
  expect(shown).toMatchObject([
    { type: 'Opaque', data: { password: BASE64.length } }, { data: { 'app.ini': expect.any(Number) } },
    { spec: { containers: [{ env: [{ name: 'DB_PASSWORD', value: '[redacted]' }, { name: 'MODE', value: 'fast' }, { name: 'FROM', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }] } }, { spec: { secretName: 'db' } },
  ]);
});

describe('collect', () => {
  test('bounds sections in time and size, redacts them, and tells what could not be had', async () => {
    const { files, faults } = await collect([
      { path: 'a', read: async () => `Bearer ${TOKEN}` }, { path: 'b', read: async () => { throw new Error(`refused ${JWT}`); } },
      { path: 'c', keeps: 'end', read: async () => `${'x'.repeat(FILE_CHARACTERS_MAX)}end` },
    ], { clock: systemClock, signal });
    expect(files.map(({ path: name, text }) => [name, text.slice(-20)])).toEqual([['a', 'Bearer [redacted]'], ['c', `${'x'.repeat(17)}end`]]);
    expect(faults).toEqual(['b: refused [redacted]']);
  });

  test('leaves behind what does not answer', async () => {
    const clock = { ...systemClock, after: (ms: number, callback: () => void) => systemClock.after(ms / 1_000, callback) };
    expect(await collect([{ path: 'hangs', read: () => new Promise<string>(() => undefined) }], { clock, signal })).toEqual({ files: [], faults: ['hangs: no answer in time'] });
  });
});

test.each([
  ['{"time":"2026-01-01T00:00:00.000Z","msg":"a"}\n{"time":"2026-01-01T00:02:00.000Z","msg":"b"}\nstack\n', '{"time":"2026-01-01T00:02:00.000Z","msg":"b"}\nstack\n'],
  ['I0101 00:00:00.000000 1 x] "a"\nW0101 00:03:00.000000 1 x] "b"\n', 'W0101 00:03:00.000000 1 x] "b"\n'],
  ['{"time":"2025-12-31T00:00:00.000Z"}\n', ''], ['no times\n', 'no times\n'],
])('linesSince(%j)', (text, expected) => { expect(linesSince(text, Date.parse('2026-01-01T00:01:00Z'))).toBe(expected); });

test('apiSections: one file a resource, one line an object, no secrets', async () => {
  const fake = createFakeClient(OBJECTS.slice(0, 3));
  const client = { ...fake, request: async () => ({ status: 200, contentType: '', body: Buffer.from('ok'), warnings: [] }) };
  const { files } = await collect(await apiSections(client, { sinceMs: undefined, clock: systemClock, signal }), { clock: systemClock, signal });
  const byPath = new Map(files.map(({ path: name, text }) => [name, text]));
  expect([byPath.get('api/readyz.txt'), byPath.get('api/objects/pods.jsonl')?.split('\n').length]).toEqual(['ok', 2]);
  for (const secret of SECRETS) expect([...byPath.values()].join('')).not.toContain(secret);
});

describe('kubernode support-bundle', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'bundle-')); });
  afterEach(() => { rmSync(dir, { recursive: true }); });

  test('is written without an API, and holds no secret of what lies around', async () => {
    const log = JSON.stringify({ time: '2026-01-01T00:00:00.000Z', msg: `failed with Bearer ${TOKEN} at https://a:${PASSWORD}@b and ${BOOTSTRAP}` });
    mkdirSync(path.join(dir, 'logs'));
    mkdirSync(path.join(dir, 'pki'));
    writeFileSync(path.join(dir, 'logs', 'apiserver-0.log'), `${log}\n`);
    writeFileSync(path.join(dir, 'pki', 'sa.key'), `-----BEGIN PRIVATE KEY-----\n${KEY}\n`);
    writeFileSync(path.join(dir, 'cluster.json'), JSON.stringify({ formatVersion: 1, name: 'x', securePort: 1, replicas: 1, schedulers: 1, controllerManagers: 1, nodes: 0, simulatedNodes: 0, etcdMembers: 0, etcdServers: [`https://root:${PASSWORD}@etcd:2379`], serviceCidr: '', clusterCidr: '', clusterDomain: '', clusterDns: '', verbosity: 0 }));
    const file = path.join(dir, 'out.tar.gz');
    const kubeconfig = path.join(dir, 'nobody.kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify({ 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: '' } }], clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }] }));
    let printed = '';
    const context = { args: ['--dir', dir, '--kubeconfig', kubeconfig, '--output', file], env: { PATH: '' }, stdin: process.stdin, stdout: { write: (text: string) => { printed += text; return true; } } as NodeJS.WritableStream, stderr: process.stderr, clock: systemClock, rng: systemRng, signal, executable: '' }; // what the command writes to
    expect(await supportBundleCommand.run(context)).toBe(0);
    const archive = gunzipSync(readFileSync(file)).toString('latin1');
    for (const secret of SECRETS) expect(archive).not.toContain(secret);
    expect(archive).toContain('support/logs/apiserver-0.log');
    expect(archive).toContain('support/missing.txt');
    expect(archive).not.toContain('sa.key');
    expect(printed).toMatch(/✓ archive .*out\.tar\.gz[\s\S]*could not be had/);
  });
});

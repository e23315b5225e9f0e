import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
import { openUserAccess } from './user-access.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-access-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

function kubeconfig(name: string, context: string, namespace?: string): string {
  const file = path.join(folder, name);
  const cluster = { server: 'https://127.0.0.1:1' };
  writeFileSync(file, JSON.stringify({ 'current-context': context, clusters: [{ name: 'c', cluster }], users: [], contexts: [{ name: context, context: { cluster: 'c', user: 'u', ...(namespace !== undefined && { namespace }) } }] }), { mode: 0o600 });
  return file;
}

const [one, two] = [kubeconfig('one', 'first', 'apps'), kubeconfig('two', 'second')];
const none = { kubeconfig: undefined, context: undefined, 'kube-context': undefined, namespace: undefined, n: undefined };
const outside = { HOME: folder };
mkdirSync(path.join(folder, 'state'));
const state = path.dirname(kubeconfig('state/admin.kubeconfig', 'here', 'of-this-host'));

function namespaceOf(options: Partial<typeof none> | Record<string, string>, env: Record<string, string> = outside): string {
  const { client, namespace } = openUserAccess({ ...none, ...options }, { env, clock: systemClock, rng: seededRng(1) });
  client.close();
  return namespace;
}

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ['the namespace of the context', { kubeconfig: one }, outside, 'apps'],
  ['default where the context has none', { kubeconfig: two }, outside, 'default'],
  ['the one that is named', { kubeconfig: one, namespace: 'other' }, outside, 'other'],
  ['its short form', { kubeconfig: one, n: 'short' }, outside, 'short'],
  ['of several files the first that has the context', { 'kube-context': 'second' }, { ...outside, KUBECONFIG: [one, two].join(path.delimiter) }, 'default'],
  ['the cluster on this host, for commands about it', { dir: state }, outside, 'of-this-host'],
  ['another one all the same, where one is named', { dir: state }, { ...outside, KUBECONFIG: one }, 'apps'],
  ['a file of the list that is not there is passed over', {}, { ...outside, KUBECONFIG: [path.join(folder, 'missing'), one].join(path.delimiter) }, 'apps'],
])('openUserAccess takes %s', (_, options, env, want) => { expect(namespaceOf(options, env)).toBe(want); });

test.each<[Record<string, string>, Record<string, string>, RegExp]>([
  [{}, outside, /^which cluster\? Give --kubeconfig FILE, or set KUBECONFIG/],
  [{ kubeconfig: path.join(folder, 'missing') }, outside, /cannot read kubeconfig .*missing/],
  [{ context: 'third' }, { ...outside, KUBECONFIG: one }, /context "third" does not exist/],
])('openUserAccess refuses %j', (options, env, message) => { expect(() => namespaceOf(options, env)).toThrow(message); });

// Releases against an API server of ours inside this process: what the server decides, custom kinds, server-side apply, refusals.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedServer, type EmbeddedServer } from '@kubernode/apiserver';
import { seededRng, systemClock } from '@kubernode/base';
import { createClient, type Client } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { chartFromFiles, createReleaseStore, installRelease, readReadiness, rollbackRelease, uninstallRelease, upgradeRelease, valuesFrom, type Chart, type ReleaseCluster, type ReleaseEnvironment } from '@kubernode/helm';
import { FakeEtcd } from '@kubernode/testing';
import { createApiCluster } from '../src/chart/api-cluster.ts';

let etcd: FakeEtcd, server: EmbeddedServer, client: Client, cluster: ReleaseCluster;
const directory = mkdtempSync(path.join(tmpdir(), 'kubernode-releases-'));
const warnings: string[] = [];

beforeAll(async () => {
  etcd = new FakeEtcd({ clock: systemClock });
  server = await startEmbeddedServer({ etcd, flags: [`--cert-dir=${directory}`, '--authorization-mode=Node,RBAC', '--service-cluster-ip-range=10.96.0.0/16'], clock: systemClock, rng: seededRng(1), logger: silentLogger });
  client = createClient({ transport: server.transport({ name: 'admin', groups: ['system:masters'] }), userAgent: 'test', rng: seededRng(2) });
  while ((await client.request({ method: 'GET', path: '/readyz' })).status !== 200) await systemClock.sleep(20);
  cluster = createApiCluster({ client, warn: (message) => { warnings.push(message); } });
}, 60_000);

afterAll(async () => {
  await server.stop();
  etcd.close();
  rmSync(directory, { recursive: true });
});

function environmentOf(namespace: string): ReleaseEnvironment {
  const warn = (message: string): void => { warnings.push(message); };
  const store = createReleaseStore({ cluster, namespace, clock: systemClock, warn });
  return { cluster, store, namespace, clock: systemClock, rng: seededRng(3), signal: new AbortController().signal, report: () => undefined, warn, hookOutput: () => undefined };
}

const chart = (files: Record<string, string>): Chart => chartFromFiles(Object.entries({ 'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 0.1.0\n', ...files }).map(([name, text]) => ({ name, data: Buffer.from(text) })));
const shared = { name: 'web', timeoutMs: 20_000, wait: false, waitForJobs: false, hooks: true, labels: {}, skipSchema: false, subNotes: false, atomic: false, takeOwnership: false, method: 'merge', forceConflicts: false, historyMax: 10 } as const;
const installing = { ...shared, createNamespace: true, skipCrds: false, replace: false, values: valuesFrom({}) };
const upgrading = { ...shared, valuePolicy: 'default', cleanupOnFail: false, values: valuesFrom({}) } as const;
const map = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: ${data}\n`;
const mapIn = async (namespace: string): Promise<unknown> => (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'map' }))?.['data'];

const THINGS = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.release.example}
spec:
  group: release.example
  scope: Cluster
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`;

test('definitions are there before what needs them; custom objects are merged and replaced', async () => {
  const environment = environmentOf('custom');
  const thing = (spec: string): Chart => chart({ 'crds/things.yaml': THINGS, 'templates/thing.yaml': `{{- if .Capabilities.APIVersions.Has "release.example/v1/Thing" }}\napiVersion: release.example/v1\nkind: Thing\nmetadata: {name: t}\nspec: ${spec}\n{{- end }}\n` });
  await installRelease(environment, { ...installing, chart: thing('{a: 1, gone: 1}') });
  await upgradeRelease(environment, { ...upgrading, chart: thing('{a: 2}') });
  const ref = { apiVersion: 'release.example/v1', kind: 'Thing', namespace: '', name: 't' };
  expect((await cluster.get(ref))?.['spec']).toEqual({ a: 2 });
  await upgradeRelease(environment, { ...upgrading, chart: thing('{b: 3}'), method: 'replace' });
  expect((await cluster.get(ref))?.['spec']).toEqual({ b: 3 });
  await uninstallRelease(environment, { name: 'web', timeoutMs: 20_000, wait: true, hooks: true, keepHistory: false, propagation: 'background', ignoreNotFound: false, dryRun: false });
  expect(await cluster.get(ref)).toBeUndefined();
  expect(await cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', namespace: '', name: 'things.release.example' })).toBeDefined();
}, 60_000);

test('server-side apply removes what the chart no longer has, also of what was installed without', async () => {
  const environment = environmentOf('applied');
  await installRelease(environment, { ...installing, chart: chart({ 'templates/map.yaml': map('{a: one, gone: one}') }) });
  await client.request({ method: 'PATCH', path: '/api/v1/namespaces/applied/configmaps/map?fieldManager=other', contentType: 'application/merge-patch+json', body: Buffer.from('{"data":{"theirs":"1"}}') });
  await upgradeRelease(environment, { ...upgrading, chart: chart({ 'templates/map.yaml': map('{a: two}') }), method: 'apply' });
  expect(await mapIn('applied')).toEqual({ a: 'two', theirs: '1' });
  await expect(upgradeRelease(environment, { ...upgrading, chart: chart({ 'templates/map.yaml': map('{theirs: ours}') }), method: 'apply' })).rejects.toThrow(/cannot apply ConfigMap "map": Apply failed with 1 conflict: conflict with "other".*\.data\.theirs/s);
  await upgradeRelease(environment, { ...upgrading, chart: chart({ 'templates/map.yaml': map('{theirs: ours}') }), method: 'apply', forceConflicts: true });
  expect(await mapIn('applied')).toEqual({ theirs: 'ours' });
  await rollbackRelease(environment, { ...shared, revision: 1, dryRun: false, cleanupOnFail: false });
  expect(await mapIn('applied')).toEqual({ a: 'one', gone: 'one' });
}, 60_000);

test('a dry run by the server is judged by it, and leaves nothing', async () => {
  const environment = environmentOf('default');
  const wrong = chart({ 'templates/map.yaml': map('{a: one}'), 'templates/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 99999}]}\n' });
  await expect(installRelease(environment, { ...installing, chart: wrong, dryRun: 'server' })).rejects.toThrow(/cannot create Service "s": Service "s" is invalid: .*spec.ports\[0\].port/);
  expect((await installRelease(environment, { ...installing, chart: wrong, dryRun: 'client' })).actions.map((action) => action.do)).toEqual(['create', 'create']);
  expect([await mapIn('default'), await environment.store.history('web')]).toEqual([undefined, []]);
});

test('templates look objects up, the server\'s warnings are told, and a namespace that is not there is said', async () => {
  const environment = environmentOf('looked');
  const looking = chart({ 'templates/map.yaml': map('{found: {{ len (lookup "v1" "Namespace" "" "").items | quote }}, other: {{ lookup "nobody.example/v1" "Nothing" "" "x" | empty | quote }}}'), 'templates/odd.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\nunheardOf: 1\n' });
  await expect(installRelease(environment, { ...installing, createNamespace: false, chart: looking })).rejects.toThrow('the release cannot be stored: namespaces "looked" not found');
  await installRelease(environment, { ...installing, chart: looking });
  expect(await mapIn('looked')).toMatchObject({ found: expect.stringMatching(/^[1-9]/), other: 'true' });
  expect(warnings).toContainEqual(expect.stringContaining('unknown field "unheardOf"'));
  expect((await readReadiness(cluster, await environment.store.last('web'), { namespace: 'looked' })).map(({ name, state }) => [name, state])).toEqual([['map', 'ready'], ['odd', 'ready']]);
});

test('two upgrades at once: one goes through, one is refused', async () => {
  const environment = environmentOf('race');
  await installRelease(environment, { ...installing, chart: chart({ 'templates/map.yaml': map('{a: one}') }) });
  const outcomes = await Promise.allSettled(['two', 'three'].map((value) => upgradeRelease(environment, { ...upgrading, chart: chart({ 'templates/map.yaml': map(`{a: ${value}}`) }) })));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: 'another operation (install/upgrade/rollback) is in progress' } });
});

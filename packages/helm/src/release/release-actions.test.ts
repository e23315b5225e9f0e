import { seededRng } from '@kubernode/base';
import { createFakeClock } from '@kubernode/testing';
import type { Chart } from '../chart/chart.ts';
import { valuesFrom } from '../values/values.ts';
import { createFakeReleaseCluster, type FakeReleaseCluster } from './fake-release-cluster.fixture.ts';
import { installRelease, type InstallOptions } from './install-release.ts';
import type { ReleaseEnvironment } from './release-operation.ts';
import { createReleaseStore } from './release-store.ts';
import { rollbackRelease } from './rollback-release.ts';
import { testRelease } from './test-release.ts';
import { uninstallRelease } from './uninstall-release.ts';
import { upgradeRelease, type UpgradeOptions } from './upgrade-release.ts';

const template = (name: string, text: string): { name: string; data: Buffer } => ({ name: `templates/${name}`, data: Buffer.from(text) });
const map = (name: string, data = '{v: {{ .Values.v | quote }}}', annotations = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations === '' ? '' : `  annotations: ${annotations}\n`}data: ${data}\n`;
const chart = (...templates: ReturnType<typeof template>[]): Chart => ({ metadata: { apiVersion: 'v2', name: 'site', version: '0.1.0' }, values: valuesFrom({ v: 'one' }), templates, files: [], dependencies: [] });
const simple = chart(template('a.yaml', map('a')));

interface World { cluster: FakeReleaseCluster; environment: ReleaseEnvironment; abort: AbortController }

function world(): World {
  const cluster = createFakeReleaseCluster();
  const clock = createFakeClock();
  const abort = new AbortController();
  const store = createReleaseStore({ cluster, namespace: 'apps', clock, warn: () => undefined });
  return { cluster, abort, environment: { cluster, store, namespace: 'apps', clock, rng: seededRng(1), signal: abort.signal, report: () => undefined, warn: () => undefined, hookOutput: () => undefined } };
}

const shared = { name: 'web', values: new Map(), timeoutMs: 0, wait: false, waitForJobs: false, hooks: true, labels: {}, skipSchema: false, subNotes: false, atomic: false, takeOwnership: false, method: 'merge', forceConflicts: false, historyMax: 10 } as const;
const install = (one: World, options: Partial<InstallOptions> = {}): ReturnType<typeof installRelease> => installRelease(one.environment, { ...shared, chart: simple, createNamespace: false, skipCrds: false, replace: false, ...options });
const upgrade = (one: World, options: Partial<UpgradeOptions> = {}): ReturnType<typeof upgradeRelease> => upgradeRelease(one.environment, { ...shared, chart: simple, valuePolicy: 'default', cleanupOnFail: false, ...options });
const uninstall = (one: World, options: object = {}): ReturnType<typeof uninstallRelease> => uninstallRelease(one.environment, { name: 'web', timeoutMs: 0, wait: false, hooks: true, keepHistory: false, propagation: 'background', ignoreNotFound: false, dryRun: false, ...options });
const statuses = async (one: World): Promise<string[]> => (await one.environment.store.history('web')).map(({ version, info }) => `${version} ${info.status}`);
const stored = (one: World, kind: string, name: string): unknown => one.cluster.objects.get(`/${kind}/${kind === 'Namespace' ? '' : 'apps'}/${name}`);
const writes = (one: World): string[] => one.cluster.calls.filter((call) => !call.includes('sh.helm.release'));

describe('a release', () => {
  test('is installed, upgraded, rolled back and uninstalled', async () => {
    const one = world();
    await install(one, { createNamespace: true });
    expect([await statuses(one), stored(one, 'ConfigMap', 'a')]).toMatchObject([['1 deployed'], { data: { v: 'one' }, metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'apps' } } }]);
    await upgrade(one, { values: valuesFrom({ v: 'two' }), chart: chart(template('a.yaml', map('a')), template('b.yaml', map('b'))) });
    expect([await statuses(one), stored(one, 'ConfigMap', 'a'), stored(one, 'ConfigMap', 'b')]).toMatchObject([['2 deployed', '1 superseded'], { data: { v: 'two' } }, {}]);
    await rollbackRelease(one.environment, { ...shared, revision: 0, dryRun: false, cleanupOnFail: false });
    expect([await statuses(one), stored(one, 'ConfigMap', 'a'), stored(one, 'ConfigMap', 'b')]).toMatchObject([['3 deployed', '2 superseded', '1 superseded'], { data: { v: 'one' } }, undefined]);
    await uninstall(one);
    expect([...one.cluster.objects.keys()]).toEqual(['/Namespace//apps']);
  });

  test('keeps its history within bounds', async () => {
    const one = world();
    await install(one);
    for (let i = 0; i < 4; i++) await upgrade(one, { historyMax: 3 });
    expect(await statuses(one)).toEqual(['5 deployed', '4 superseded', '3 superseded']);
  });

  test('is refused while another operation is under way, and a rollback is the way out', async () => {
    const one = world();
    const { release } = await install(one);
    await one.environment.store.create({ ...release, version: 2, info: { ...release.info, status: 'pending-upgrade' } });
    await expect(upgrade(one)).rejects.toThrow('another operation (install/upgrade/rollback) is in progress');
    await expect(one.environment.store.create({ ...release, version: 2 })).rejects.toThrow('another operation (install/upgrade/rollback) is in progress');
    await rollbackRelease(one.environment, { ...shared, revision: 1, dryRun: false, cleanupOnFail: false });
    expect(await statuses(one)).toEqual(['3 deployed', '2 pending-upgrade', '1 superseded']);
    await upgrade(one);
  });

  test.each([
    ['a name in use', async (one: World) => { await install(one); await install(one); }, 'cannot re-use a name that is still in use'],
    ['a bad name', (one: World) => install(one, { name: 'No' }), 'release name "No": invalid release name'],
    ['labels of its own', (one: World) => install(one, { labels: { owner: 'me' } }), 'labels may not be named owner'],
    ['an upgrade of nothing', (one: World) => upgrade(one), '"web" has no deployed releases'],
    ['uninstalling nothing', (one: World) => uninstall(one), 'release: not found'],
    ['what others own', async (one: World) => { one.cluster.objects.set('/ConfigMap/apps/a', { metadata: { name: 'a' } }); await install(one); }, 'Unable to continue with install: ConfigMap "a" in namespace "apps" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation'],
  ])('refuses %s and changes nothing', async (_, act, message) => {
    const one = world();
    await expect(act(one)).rejects.toThrow(message);
    expect(writes(one).filter((call) => !call.startsWith('create ConfigMap/a') )).toEqual([]);
  });

  test('takes over what others own when told to', async () => {
    const one = world();
    one.cluster.objects.set('/ConfigMap/apps/a', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'apps' }, data: { theirs: '1' } });
    await install(one, { takeOwnership: true });
    expect(stored(one, 'ConfigMap', 'a')).toMatchObject({ data: { theirs: '1', v: 'one' } });
  });

  test('changes nothing in a dry run; the server judges where asked', async () => {
    const one = world();
    await install(one, { createNamespace: true });
    const before = new Map(one.cluster.objects);
    const next = { values: valuesFrom({ v: 'two' }), chart: chart(template('a.yaml', map('a')), template('b.yaml', map('b'))) };
    expect((await upgrade(one, { ...next, dryRun: 'client' })).actions.map((action) => action.do)).toEqual(['patch', 'create']);
    one.cluster.onWrite = (verb) => { if (verb === 'try') throw new Error('no room'); return undefined; };
    await expect(upgrade(one, { ...next, dryRun: 'server', chart: chart(template('a.yaml', map('a')), template('b.yaml', map('b'))), method: 'merge' })).rejects.toThrow('cannot create ConfigMap "b": no room');
    expect([...one.cluster.objects.keys()]).toEqual([...before.keys()]);
  });
});

describe('a failure', () => {
  const failOn = (one: World, name: string): void => { one.cluster.onWrite = (verb, ref) => { if (ref.name === name && verb !== 'delete') throw new Error('refused'); return undefined; }; };
  const two = chart(template('a.yaml', map('a')), template('b.yaml', map('b')), template('c.yaml', map('c')));

  test('of an installation is stored, with all that went wrong', async () => {
    const one = world();
    one.cluster.onWrite = (_verb, ref) => { if (['b', 'c'].includes(ref.name)) throw new Error(`no ${ref.name}`); return undefined; };
    await expect(install(one, { chart: two })).rejects.toThrow('cannot create ConfigMap "b": no b; cannot create ConfigMap "c": no c');
    const [last] = await one.environment.store.history('web');
    expect([last?.info.status, last?.info.description]).toEqual(['failed', 'Release "web" failed: cannot create ConfigMap "b": no b; cannot create ConfigMap "c": no c']);
  });

  test('of an atomic installation leaves nothing', async () => {
    const one = world();
    failOn(one, 'b');
    await expect(install(one, { chart: two, atomic: true })).rejects.toThrow('release web failed, and has been uninstalled due to atomic being set: cannot create ConfigMap "b": refused');
    expect([...one.cluster.objects.keys()]).toEqual([]);
  });

  test('of an upgrade deletes nothing that left the chart, and can be mended by another one', async () => {
    const one = world();
    await install(one, { chart: two });
    failOn(one, 'd');
    await expect(upgrade(one, { chart: chart(template('d.yaml', map('d'))) })).rejects.toThrow('cannot create ConfigMap "d": refused');
    expect([await statuses(one), [...one.cluster.objects.keys()].filter((key) => key.includes('ConfigMap'))]).toEqual([['2 failed', '1 deployed'], ['/ConfigMap/apps/a', '/ConfigMap/apps/b', '/ConfigMap/apps/c']]);
    one.cluster.onWrite = undefined;
    await upgrade(one, { chart: chart(template('d.yaml', map('d'))) });
    expect([await statuses(one), [...one.cluster.objects.keys()].filter((key) => key.includes('ConfigMap'))]).toEqual([['3 deployed', '2 failed', '1 superseded'], ['/ConfigMap/apps/d']]);
  });

  test('of an atomic upgrade is rolled back; what it created goes where asked', async () => {
    const one = world();
    await install(one, { values: valuesFrom({ v: 'good' }) });
    failOn(one, 'b');
    await expect(upgrade(one, { chart: two, values: valuesFrom({ v: 'bad' }), atomic: true, cleanupOnFail: true })).rejects.toThrow('release web failed, and has been rolled back due to atomic being set');
    expect([await statuses(one), stored(one, 'ConfigMap', 'a'), stored(one, 'ConfigMap', 'c')]).toMatchObject([['3 deployed', '2 failed', '1 superseded'], { data: { v: 'good' } }, undefined]);
  });

  test('by interruption is stored as well', async () => {
    const one = world();
    one.cluster.onWrite = (_verb, ref) => { if (ref.name === 'a') { one.abort.abort(); one.abort.signal.throwIfAborted(); } return undefined; };
    await expect(install(one)).rejects.toThrow('it was interrupted');
    expect(await statuses(one)).toEqual(['1 failed']);
  });
});

describe('hooks', () => {
  const hook = (name: string, event: string, more = ''): ReturnType<typeof template> => template(`${name}.yaml`, `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  annotations:\n    helm.sh/hook: ${event}\n${more}spec: {containers: [{name: c, image: i}]}\n`);
  const policy = (text: string): string => `    helm.sh/hook-delete-policy: ${text}\n`;
  const hooked = chart(template('a.yaml', map('a')), hook('pre', 'pre-install', policy('hook-succeeded')), hook('early', 'pre-install', `    helm.sh/hook-weight: "-1"\n${policy('before-hook-creation,hook-failed')}`), hook('post', 'post-install,post-upgrade'), hook('check', 'test'));
  const ending = (one: World, phases: Record<string, string> = {}): void => {
    one.cluster.onWrite = (verb, ref, object) => (verb === 'create' && ref.kind === 'Pod' && object !== undefined ? { ...object, status: { phase: phases[ref.name] ?? 'Succeeded' } } : undefined);
  };

  test('run around what is installed, in order, and go by their policies', async () => {
    const one = world();
    ending(one);
    const { release } = await install(one, { chart: hooked });
    expect(writes(one)).toEqual(['delete Pod/early', 'create Pod/early', 'create Pod/pre', 'delete Pod/pre', 'create ConfigMap/a', 'delete Pod/post', 'create Pod/post']);
    expect(Object.fromEntries(release.hooks.map(({ name, last_run }) => [name, last_run.phase]))).toEqual({ early: 'Succeeded', pre: 'Succeeded', post: 'Succeeded', check: '' });
  });

  test('end an action when one fails', async () => {
    const one = world();
    ending(one, { pre: 'Failed' });
    await expect(install(one, { chart: hooked })).rejects.toThrow('pre-install hook site/templates/pre.yaml failed: pod pre failed');
    expect([stored(one, 'ConfigMap', 'a'), stored(one, 'Pod', 'early'), await statuses(one)]).toMatchObject([undefined, {}, ['1 failed']]);
  });

  test('do not run when switched off', async () => {
    const one = world();
    await install(one, { chart: hooked, hooks: false });
    expect(writes(one)).toEqual(['create ConfigMap/a']);
  });

  test.each([['Succeeded', undefined], ['Failed', 'test hook site/templates/check.yaml failed: pod check failed']])('are the tests of a release: %s', async (phase, failure) => {
    const one = world();
    ending(one, { check: phase });
    await install(one, { chart: hooked });
    const result = await testRelease(one.environment, { name: 'web', timeoutMs: 0, include: [], exclude: [] });
    expect([result.failure, (await one.environment.store.last('web')).hooks.find(({ name }) => name === 'check')?.last_run.phase]).toEqual([failure, phase]);
  });
});

test('uninstalling keeps what its policy keeps, and the history where asked', async () => {
  const one = world();
  await install(one, { chart: chart(template('a.yaml', map('a')), template('b.yaml', map('b', '{}', '{helm.sh/resource-policy: keep}'))) });
  const { kept, deleted } = await uninstall(one, { keepHistory: true });
  expect([kept.map(({ name }) => name), deleted.map(({ name }) => name), await statuses(one), stored(one, 'ConfigMap', 'b')]).toMatchObject([['b'], ['a'], ['1 uninstalled'], {}]);
  await expect(install(one)).rejects.toThrow('cannot re-use a name');
  await install(one, { replace: true });
  expect(await statuses(one)).toEqual(['2 deployed', '1 superseded']);
});

import { diffReleases } from './diff-releases.ts';
import { uninstallOrder } from './kind-order.ts';
import { ownershipFault } from './ownership.ts';
import { releasesToForget } from './releases-to-forget.ts';
import { aHook, aRelease } from './releases.fixture.ts';
import { releaseNameFault } from './release.ts';
import { computedValues, reuseValues, type ValuePolicy } from './reuse-values.ts';
import { plainValues } from './plain-values.ts';
import { planRollback } from './rollback-release.ts';
import { hooksOf, isDeletedBy } from './run-hooks.ts';
import { selectReleases } from './select-releases.ts';
import { valuesFrom } from '../values/values.ts';

const history = [4, 3, 2, 1].map((version) => aRelease({ version, info: { status: version === 2 ? 'deployed' : 'superseded' } }));

test.each([[4, []], [3, [1]], [2, [1, 3]], [0, [1, 3, 4]]])('releasesToForget leaves %d, the deployed one always', (max, want) => {
  expect(releasesToForget(history, max).map(({ version }) => version)).toEqual(want);
});

test.each([['web-1.a', undefined], ['', 'no name provided'], ['Web', expect.stringContaining('invalid release name')], ['a'.repeat(54), expect.stringContaining('must not be longer than 53')]])('releaseNameFault of %j', (name, want) => { expect(releaseNameFault(name)).toEqual(want); });

test('ownershipFault names everything that is missing, in Helm\'s words', () => {
  const live = { metadata: { labels: { 'app.kubernetes.io/managed-by': 'Tiller' }, annotations: { 'meta.helm.sh/release-name': 'web' } } };
  expect(ownershipFault({ apiVersion: 'v1', kind: 'Secret', namespace: 'apps', name: 's' }, live, { name: 'web', namespace: 'apps' })).toBe(
    'Secret "s" in namespace "apps" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: key "app.kubernetes.io/managed-by" must equal "Helm": current value is "Tiller"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "apps"');
});

test('uninstallOrder: what a kind needs goes after it, unknown kinds last', () => {
  const kinds = ['Zebra', 'Namespace', 'Apple', 'ConfigMap', 'Deployment', 'Service'];
  expect(uninstallOrder(kinds.map((kind) => ({ source: '', object: {}, ref: { apiVersion: 'v1', kind, namespace: '', name: 'x' } }))).map(({ ref }) => ref.kind)).toEqual(['Service', 'Deployment', 'ConfigMap', 'Namespace', 'Apple', 'Zebra']);
});

describe('planRollback', () => {
  test.each([[0, 3], [1, 1]])('to %d makes a new revision of what %d was', (revision, from) => {
    const revisions = history.map((release) => ({ ...release, manifest: `of ${release.version}` }));
    expect(planRollback(revisions, { revision, now: 0 }).next).toMatchObject({ version: 5, manifest: `of ${from}`, info: { status: 'pending-rollback', description: `Rollback to ${from}`, last_deployed: '1970-01-01T00:00:00.000Z' } });
  });
  test('refuses what is not there', () => {
    expect(() => planRollback(history, { revision: 9, now: 0 })).toThrow('release has no 9 version');
    expect(() => planRollback([], { revision: 0, now: 0 })).toThrow('release: not found');
  });
});

test('hooksOf sorts by weight, then name', () => {
  const hooks = [aHook({ name: 'b' }), aHook({ name: 'a' }), aHook({ name: 'first', weight: -5 }), aHook({ name: 'last', weight: 5 }), aHook({ name: 'other', events: ['test'] })];
  expect(hooksOf(hooks, 'pre-install').map(({ name }) => name)).toEqual(['first', 'a', 'b', 'last']);
});

test.each([
  [aHook(), ['before-hook-creation']], [aHook({ delete_policies: ['hook-failed', 'hook-succeeded'] }), ['hook-failed', 'hook-succeeded']], [aHook({ kind: 'CustomResourceDefinition' }), []],
] as const)('isDeletedBy %#', (hook, want) => { expect((['before-hook-creation', 'hook-failed', 'hook-succeeded'] as const).filter((policy) => isDeletedBy(hook, policy))).toEqual(want); });

describe('selectReleases', () => {
  const all = [
    aRelease({ name: 'b', info: { last_deployed: '2026-01-01T00:00:00Z' } }), aRelease({ name: 'a', version: 1, info: { status: 'superseded' } }), aRelease({ name: 'a', version: 2, info: { last_deployed: '2026-02-01T00:00:00Z' } }),
    aRelease({ name: 'c', info: { status: 'failed', last_deployed: '2026-03-01T00:00:00Z' } }), aRelease({ name: 'a', namespace: 'other', info: { status: 'uninstalled', last_deployed: '2026-04-01T00:00:00Z' } }),
  ];
  test.each([
    [{}, ['a2', 'b1', 'c1']], [{ statuses: 'all' as const }, ['a2', 'a1', 'b1', 'c1']], [{ statuses: ['superseded'] as const }, ['a1']], [{ filter: '^[bc]$' }, ['b1', 'c1']],
    [{ byDate: true }, ['b1', 'a2', 'c1']], [{ byDate: true, reverse: true }, ['c1', 'a2', 'b1']], [{ offset: 1, max: 1 }, ['b1']],
  ])('%j', (given, want) => {
    expect(selectReleases(all, { statuses: ['deployed', 'failed'], filter: '', byDate: false, reverse: false, offset: 0, max: 0, ...given }).map(({ name, version }) => `${name}${version}`)).toEqual(want);
  });
  test('refuses what is no expression', () => { expect(() => selectReleases([], { statuses: 'all', filter: '(', byDate: false, reverse: false, offset: 0, max: 0 })).toThrow('--filter: ( is no regular expression'); });
});

describe('reuseValues', () => {
  const current = aRelease({ config: { a: 1, deep: { x: 1, y: 1 } }, chart: { metadata: { name: 'c' }, lock: null, templates: null, files: null, schema: null, values: { a: 0, fromChart: true, deep: { z: 0 } } } });
  test.each<[ValuePolicy, object, object, object | undefined]>([
    ['default', {}, { a: 1, deep: { x: 1, y: 1 } }, undefined],
    ['default', { b: 2 }, { b: 2 }, undefined],
    ['reset', {}, {}, undefined],
    ['reuse', { deep: { x: 2, y: null } }, { a: 1, deep: { x: 2 } }, { a: 1, fromChart: true, deep: { x: 1, y: 1, z: 0 } }],
    ['reset-then-reuse', { deep: { x: 2 } }, { a: 1, deep: { x: 2, y: 1 } }, undefined],
  ])('%s of %j', (policy, given, values, chartValues) => {
    const reused = reuseValues({ policy, given: valuesFrom({ ...given }), current });
    expect([plainValues(reused.values), reused.chartValues && plainValues(reused.chartValues)]).toEqual([values, chartValues]);
  });
  test('computedValues', () => { expect(computedValues(current)).toEqual({ a: 1, fromChart: true, deep: { x: 1, y: 1, z: 0 } }); });
});

describe('diffReleases', () => {
  const options = { showSecrets: false, hooks: true };
  const map = (name: string, data: string): string => `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: ${data}\n`;
  const secret = (data: string): string => `---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: ${data}\n`;
  test('shows objects that came, went and changed; order of keys is no difference', () => {
    const diffs = diffReleases(aRelease({ manifest: map('same', '{a: x, b: z}') + map('gone', '{}') + map('new', '{a: one}') }), aRelease({ manifest: map('same', '{b: z, a: x}') + map('new', '{a: two}'), hooks: [aHook()] }), options);
    expect(diffs.map(({ change, kind, name, text }) => [change, kind, name, text.split('\n').filter((line) => /^[+-]/.test(line)).length])).toEqual([['changed', 'ConfigMap', 'new', 2], ['added', 'Job', 'hook', 4], ['removed', 'ConfigMap', 'gone', 5]]);
    expect(diffs[0]?.text).toContain('-  a: one\n+  a: two\n');
  });
  test('hides the values of Secrets, not that they differ', () => {
    const [before, after] = [aRelease({ manifest: secret('{same: c2VjcmV0, other: b2xk}') }), aRelease({ manifest: secret('{same: c2VjcmV0, other: bmV3}') })];
    const [diff] = diffReleases(before, after, options);
    expect(diff?.text).toMatch(/-  other: <hidden, before>\n\+  other: <hidden, after>\n   same: <hidden>/);
    expect(diff?.text).not.toMatch(/c2VjcmV0|b2xk|bmV3/);
    expect(diffReleases(before, after, { ...options, showSecrets: true })[0]?.text).toContain('+  other: bmV3');
  });
});

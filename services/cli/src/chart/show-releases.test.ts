import { collect } from './discover.ts';
import { generatedName } from './generated-name.ts';
import { ansiTime, goTime } from './go-time.ts';
import { helmTable } from './helm-table.ts';
import { formatOutput } from './output-format.ts';
import { updateFlags, valuePolicy } from './release-flags.ts';
import { showDiff } from './show-diff.ts';

test.each([
  ['2026-11-22T01:02:03.120Z', '2026-11-22 01:02:03.12 +0000 UTC', 'Sun Nov 22 01:02:03 2026'],
  ['2026-11-02T01:02:03Z', '2026-11-02 01:02:03 +0000 UTC', 'Mon Nov  2 01:02:03 2026'],
  ['2026-01-01T23:59:59.123456789+02:30', '2026-01-01 23:59:59.123456789 +0230 +0230', 'Thu Jan  1 23:59:59 2026'],
  ['', '-', ''],
])('times of %j are shown as Go shows them', (text, full, short) => { expect([goTime(text), ansiTime(text)]).toEqual([full, short]); });

test('helmTable pads each column and takes lines apart', () => {
  expect(helmTable([['A', 'LONGER'], ['x', 'one\ntwo'], ['yy', '']])).toBe('A \tLONGER\nx \tone   \n  \ttwo   \nyy\t      \n');
});

test('formatOutput', () => {
  const shown = { table: () => 'text\n', data: [{ b: 1, a: null }] };
  expect(['table', 'json', 'yaml'].map((format) => formatOutput(format, shown))).toEqual(['text\n', '[{"b":1,"a":null}]\n', '- a: null\n  b: 1\n']);
  expect(() => formatOutput('xml', shown)).toThrow('invalid format "xml" for --output: want table, json or yaml');
});

test('showDiff names objects and counts them, coloured where asked', () => {
  const diff = { change: 'changed', kind: 'ConfigMap', namespace: 'n', name: 'a', apiVersion: 'v1', text: '@@ -1 +1 @@\n-x\n+y\n' } as const;
  expect(showDiff([diff], { color: false })).toBe('ConfigMap n/a (v1) changed\n@@ -1 +1 @@\n-x\n+y\n\n0 to add, 1 to change, 0 to remove\n');
  expect(showDiff([diff], { color: true })).toContain('\u001b[31m-x\u001b[0m\n\u001b[32m+y\u001b[0m');
  expect(showDiff([], { color: true })).toBe('');
});

test('flags become what actions take', () => {
  const flags = { force: false, 'server-side': false, 'force-conflicts': false, 'history-max': 10 };
  expect([updateFlags(flags).method, updateFlags({ ...flags, force: true }).method, updateFlags({ ...flags, 'server-side': true }).method]).toEqual(['merge', 'replace', 'apply']);
  expect(() => updateFlags({ ...flags, force: true, 'server-side': true })).toThrow('--force and --server-side exclude each other');
  const policy = { 'reuse-values': false, 'reset-values': false, 'reset-then-reuse-values': false };
  expect([valuePolicy(policy), valuePolicy({ ...policy, 'reuse-values': true, 'reset-values': true }), valuePolicy({ ...policy, 'reset-then-reuse-values': true })]).toEqual(['default', 'reset', 'reset-then-reuse']);
});

test('collect knows the kinds of every group, and what charts ask for', () => {
  const groups = [
    { metadata: {}, versions: [{ version: 'v1', resources: [{ resource: 'pods', scope: 'Namespaced', responseKind: { kind: 'Pod' } }] }] },
    { metadata: { name: 'apps' }, versions: [{ version: 'v1', resources: [] }] },
  ];
  expect(collect(groups)).toEqual({ apiVersions: ['v1', 'v1/Pod', 'apps/v1'], kinds: new Map([['v1/Pod', { resource: 'pods', scope: 'namespaced' }]]) });
});

test('generatedName', () => { expect(generatedName({ metadata: { apiVersion: 'v2', name: 'web', version: '1' }, values: new Map(), templates: [], files: [], dependencies: [] }, 1_700_000_000_900)).toBe('web-1700000000'); });

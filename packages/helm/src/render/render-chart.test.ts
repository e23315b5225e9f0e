import { seededRng } from '@kubernode/base';
import type { Chart } from '../chart/chart.ts';
import { valuesFrom } from '../values/values.ts';
import { renderChart } from './render-chart.ts';
import type { RenderOptions } from './rendered-chart.ts';

const options: RenderOptions = { release: { name: 'r', namespace: 'ns', revision: 1, isUpgrade: false }, now: 0, rng: seededRng(1) };

function chartOf(templates: Readonly<Record<string, string>>, more: Partial<Chart> = {}): Chart {
  return { metadata: { name: 'c', version: '1.0.0', apiVersion: 'v2' }, values: new Map(), files: [], dependencies: [], templates: Object.entries(templates).map(([name, text]) => ({ name: `templates/${name}`, data: Buffer.from(text) })), ...more };
}

test('renderChart sorts manifests by kind, takes hooks and notes apart', async () => {
  const rendered = await renderChart(chartOf({
    'a.yaml': 'kind: Zebra\nmetadata: {name: z}\n---\nkind: Deployment\nmetadata: {name: d}\n---\n\n---\nkind: Namespace\nmetadata: {name: ns}',
    'b.yaml': 'kind: Service\nmetadata: {name: s}',
    'h.yaml': 'kind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: "post-install, pre-upgrade", helm.sh/hook-weight: "3", helm.sh/hook-delete-policy: hook-failed}}',
    'NOTES.txt': 'for {{ .Release.Name }}',
  }), new Map(), options);
  expect(rendered.manifests.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['Namespace/ns', 'Service/s', 'Deployment/d', 'Zebra/z']);
  expect(rendered.hooks).toMatchObject([{ source: 'c/templates/h.yaml', name: 'j', events: ['post-install', 'pre-upgrade'], weight: 3, deletePolicies: ['hook-failed'] }]);
  expect(rendered.notes).toBe('for r');
});

test('renderChart asks each question of the templates once, whenever it comes up', async () => {
  const asked: string[] = [];
  const template = '{{ $a := lookup "v1" "Secret" "ns" "a" }}{{ $b := lookup "v1" "Secret" "ns" ($a.data.next) }}{{ $c := lookup "v1" "Secret" "ns" "a" }}kind: {{ $b.kind }}\nmetadata: {name: {{ (lookup "v1" "Secret" "" "none").x | default "none" }}}';
  const { manifests } = await renderChart(chartOf({ 'a.yaml': template }), new Map(), { ...options, lookup: async ({ name }) => { asked.push(name); return name === 'a' ? { data: { next: 'b' } } : name === 'b' ? { kind: 'Found' } : undefined; } });
  expect([asked, manifests.map(({ kind, name }) => [kind, name])]).toEqual([['a', 'b', 'none'], [['Found', 'none']]]);
});

test.each([
  ['templates that include themselves', { 'a.yaml': '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}' }, /nested reference name|exceeded maximum template depth/],
  ['templates that call themselves', { 'a.yaml': '{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}' }, /exceeded maximum template depth/],
  ['lists without end', { 'a.yaml': '{{ range until 100000000 }}x{{ end }}' }, /too long/],
  ['texts without end', { 'a.yaml': '{{ repeat 1000000000 "x" }}' }, /too long|overflow/],
  ['parentheses without end', { 'a.yaml': `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}` }, /max expression depth/],
  ['documents that are no objects', { 'a.yaml': '[a]' }, /^YAML parse error on c\/templates\/a.yaml: /],
])('renderChart refuses %s', async (_, templates, message) => { await expect(renderChart(chartOf(templates), new Map(), options)).rejects.toThrow(message); });

test('renderChart refuses a Kubernetes that the chart is not for, and dependencies that are not there', async () => {
  await expect(renderChart(chartOf({}, { metadata: { name: 'c', version: '1.0.0', apiVersion: 'v2', kubeVersion: '<1.0.0' } }), new Map(), options)).rejects.toThrow('chart requires kubeVersion: <1.0.0 which is incompatible with Kubernetes v1.36.2');
  await expect(renderChart(chartOf({}, { metadata: { name: 'c', version: '1.0.0', apiVersion: 'v2', dependencies: [{ name: 'd', version: '1', repository: '' }] } }), new Map(), options)).rejects.toThrow('missing in charts/ directory: d');
});

test('values of one rendering are not those of the next', async () => {
  const chart = chartOf({ 'a.yaml': 'kind: {{ .Values.m.a }}{{ $_ := set .Values.m "a" "changed" }}' }, { values: valuesFrom({ m: { a: 'A' } }) });
  const values = valuesFrom({ m: { b: 1 } });
  const kinds = [await renderChart(chart, values, options), await renderChart(chart, values, options)].map(({ manifests }) => manifests[0]?.kind);
  expect(kinds).toEqual(['A', 'A']);
});

// What Helm answers to templates and charts, recorded by testdata/oracle and by `helm template`; here every byte is compared.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { seededRng } from '@kubernode/base';
import type { Chart } from '../chart/chart.ts';
import { coalesceValues } from '../chart/coalesce-values.ts';
import { mergeGivenValues } from '../chart/given-values.ts';
import { loadChart } from '../chart/load-chart.ts';
import { valuesFrom } from '../values/values.ts';
import { defaultCapabilities } from './kubernetes-version.ts';
import { renderChart } from './render-chart.ts';
import { renderTemplates } from './render-templates.ts';
import { outputText } from './template-output.ts';

const testdata = path.join(import.meta.dirname, '../../testdata');
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(testdata, file), 'utf8'));
const source = { now: Date.UTC(2026, 10, 22), rng: seededRng(1), release: { name: 'r', namespace: 'ns', revision: 1, isUpgrade: false } };

type Answer = string | { error: string };
const groups = read('templates.json') as { values: Record<string, unknown>; cases: [template: string, answer: Answer][] }[];

function answerTo(template: string, values: Record<string, unknown>): Answer {
  const file = (name: string, data: string | number[]) => ({ name, data: Buffer.from(data as string) });
  const chart: Chart = {
    metadata: { name: 'c', version: '0.1.0', apiVersion: 'v2', appVersion: '1.2.3', description: 'd' }, values: new Map(), dependencies: [], templates: [file('templates/t.yaml', template)],
    files: [file('files/a.txt', 'one\ntwo\n'), file('files/b.bin', [0, 255, 128, 65]), file('config/x.conf', 'k = v')],
  };
  try {
    return renderTemplates({ ...chart, dependencies: [] }, coalesceValues(chart, valuesFrom(values)), { ...source, capabilities: { kubeVersion: 'v1.20.0', apiVersions: ['v1', 'apps/v1'] } }, () => null).get('c/templates/t.yaml') ?? '';
  } catch (error) {
    return { error: (error as Error).message.replaceAll('template: c/templates/t.yaml:', 'T:').replaceAll('executing "c/templates/t.yaml" at', 'AT') };
  }
}

test.each(groups.map((group, i) => [i, group] as const))('templates of group %i give what Helm gives', (_, { values, cases }) => {
  expect(cases.map(([template]) => [template, answerTo(template, values)])).toEqual(cases);
}, 120_000);

const charts = read('charts.json') as { set: string[]; output?: string; error?: string }[];

test.each(charts)('the chart "web" with $set gives what `helm template` gives', async ({ set, output, error }) => {
  const chart = loadChart(path.join(testdata, 'charts/web'));
  const values = mergeGivenValues({ set, read: () => '' });
  const rendering = renderChart(chart, values, { ...source, release: { ...source.release, name: 'rel', namespace: 'default' }, capabilities: { ...defaultCapabilities(), kubeVersion: 'v1.36.2' } });
  if (error === undefined) expect(outputText(await rendering, { includeCrds: true })).toBe(output);
  else await expect(rendering.catch((fault: Error) => fault.message.trimEnd())).resolves.toBe(error);
}, 30_000);

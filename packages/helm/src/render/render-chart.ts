import { ChartError } from '../chart/chart-error.ts';
import type { Chart } from '../chart/chart.ts';
import { coalesceValues } from '../chart/coalesce-values.ts';
import { isCompatible, processDependencies, type ProcessedChart } from '../chart/process-dependencies.ts';
import { schemaFaults } from '../chart/validate-values.ts';
import type { Values } from '../values/values.ts';
import { PendingLookup, type Question } from './helm-functions.ts';
import { version } from './kubernetes-version.ts';
import { renderTemplates } from './render-templates.ts';
import type { RenderedChart, RenderOptions } from './rendered-chart.ts';
import { sortManifests } from './sort-manifests.ts';

/** Distinct questions that the templates of one chart may ask of the cluster. */
const LOOKUPS_MAX = 1000;
const NOTES = 'NOTES.txt';

/** What the chart makes of the values. Rejects with ChartError when the chart or the values are wrong. */
export async function renderChart(chart: Chart, values: Values, options: RenderOptions): Promise<RenderedChart> {
  const { warn = () => undefined } = options;
  checkChart(chart, options);
  const processed = processDependencies(chart, values, warn);
  const all = coalesceValues(processed, values, { warn });
  const faults = options.skipSchema === true ? '' : await schemaFaults(processed, all);
  if (faults !== '') throw new ChartError(`values don't meet the specifications of the schema(s) in the following chart(s):\n${faults}`);
  const files = await renderWithLookups(processed, all, options);
  const notes = takeNotes(files, chart.metadata.name, options.subNotes ?? false);
  return { crds: crdsOf(processed, processed.metadata.name), ...sortManifests(files, warn), notes, values: all };
}

function checkChart({ metadata, dependencies }: Chart, { capabilities }: RenderOptions): void {
  const kubeVersion = capabilities?.kubeVersion ?? version.kubernetes;
  if (metadata.kubeVersion !== undefined && metadata.kubeVersion !== '' && !isCompatible(metadata.kubeVersion, kubeVersion)) {
    throw new ChartError(`chart requires kubeVersion: ${metadata.kubeVersion} which is incompatible with Kubernetes ${kubeVersion}`);
  }
  const missing = (metadata.dependencies ?? []).filter(({ name }) => !dependencies.some((one) => one.metadata.name === name)).map(({ name }) => name);
  if (missing.length > 0) throw new ChartError(`An error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`);
}

/** Templates cannot wait: when one asks for what is not known yet, it is asked, and all are rendered again. */
async function renderWithLookups(chart: ProcessedChart, values: Values, options: RenderOptions): Promise<Map<string, string>> {
  const { lookup } = options;
  const answers = new Map<string, unknown>();
  const keyOf = ({ apiVersion, kind, namespace, name }: Question): string => JSON.stringify([apiVersion, kind, namespace, name]);
  for (;;) {
    try {
      return renderTemplates(chart, values, options, (question) => {
        if (lookup === undefined) return null;
        const key = keyOf(question);
        if (!answers.has(key)) throw new PendingLookup(question);
        return answers.get(key);
      });
    } catch (error) {
      if (!(error instanceof PendingLookup) || lookup === undefined) throw error;
      if (answers.size >= LOOKUPS_MAX) throw new ChartError(`the templates look up more than ${LOOKUPS_MAX} objects`);
      answers.set(keyOf(error.question), await lookup(error.question) ?? null);
    }
  }
}

/** Takes the notes out of what was rendered. */
function takeNotes(files: Map<string, string>, chart: string, withDependencies: boolean): string {
  const notes: string[] = [];
  for (const [name, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!name.endsWith(NOTES)) continue;
    files.delete(name);
    if (withDependencies || name === `${chart}/templates/${NOTES}`) notes.push(text);
  }
  return notes.join('\n');
}

function crdsOf(chart: ProcessedChart, path: string): RenderedChart['crds'] {
  const own = chart.files.filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name));
  return [...own.map(({ name, data }) => ({ source: `${path}/${name}`, content: data.toString('utf8') })), ...chart.dependencies.flatMap((one) => crdsOf(one, `${path}/charts/${one.metadata.name}`))];
}

import type { JsonObject } from '@kubernode/apimachinery';
import type { Chart, ChartFile } from '../chart/chart.ts';
import { renderChart } from '../render/render-chart.ts';
import type { Hook, LookupReader, RenderedChart, RenderOptions } from '../render/rendered-chart.ts';
import type { Values } from '../values/values.ts';
import { joinManifests } from './manifest-objects.ts';
import { plainValues } from './plain-values.ts';
import type { CallSignal, ReleaseCluster } from './release-cluster.ts';
import type { ReleaseEnvironment } from './release-operation.ts';
import { timeText } from './run-hooks.ts';
import type { Release, ReleaseStatus, StoredChart, StoredFile, StoredHook } from './release.ts';

/** `client`: nothing is read from the cluster by templates. `server`: templates read, and the server judges each object. */
export type DryRun = 'client' | 'server';

/** What installs and upgrades have in common. */
export interface ChartOptions {
  chart: Chart;
  /** The user's, over those of the chart. */
  values: Values;
  dryRun?: DryRun | undefined;
  description?: string | undefined;
  labels: Readonly<Record<string, string>>;
  /** The chart's values.schema.json is not asked. */
  skipSchema: boolean;
  subNotes: boolean;
}

/** Renders a chart for this cluster. */
export async function renderForCluster(environment: ReleaseEnvironment, { chart, values, dryRun, subNotes, skipSchema }: ChartOptions, release: RenderOptions['release']): Promise<RenderedChart> {
  const { cluster, clock, rng, signal, warn } = environment;
  const capabilities = await cluster.capabilities({ signal });
  return renderChart(chart, values, { release, capabilities, ...(dryRun !== 'client' && { lookup: lookupIn(cluster, { signal }) }), now: clock.now(), rng, subNotes, skipSchema, warn });
}

/** The first record of a new revision. */
export function recordOf(rendered: RenderedChart, { chart, values, release, status, description, firstDeployed, labels, now }: {
  chart: Chart;
  values: Values;
  release: RenderOptions['release'];
  status: ReleaseStatus;
  description: string;
  /** '' for the first revision. */
  firstDeployed: string;
  labels: Readonly<Record<string, string>>;
  now: number;
}): Release {
  return {
    name: release.name, namespace: release.namespace, version: release.revision, labels,
    info: { first_deployed: firstDeployed === '' ? timeText(now) : firstDeployed, last_deployed: timeText(now), deleted: '', description, status, ...(rendered.notes !== '' && { notes: rendered.notes }) },
    chart: storedChart(chart), config: plainValues(values), manifest: joinManifests(rendered.manifests), hooks: rendered.hooks.map(storedHook),
  };
}

function storedChart({ metadata, lock, templates, files, values, schema }: Chart): StoredChart {
  return {
    metadata: { ...metadata } as unknown as JsonObject, // data of Chart.yaml
    lock: lock === undefined ? null : { ...lock } as unknown as JsonObject, // data of Chart.lock
    templates: templates.map(storedFile), files: files.map(storedFile), values: plainValues(values), schema: schema?.toString('base64') ?? null,
  };
}

function storedFile({ name, data }: ChartFile): StoredFile { return { name, data: data.toString('base64') }; }

function storedHook({ name, kind, source, content, events, weight, deletePolicies, outputLogPolicies }: Hook): StoredHook {
  return {
    name, kind, path: source, manifest: content, events, last_run: { started_at: '', completed_at: '', phase: '' },
    ...(weight !== 0 && { weight }), ...(deletePolicies.length > 0 && { delete_policies: deletePolicies }), ...(outputLogPolicies.length > 0 && { output_log_policies: outputLogPolicies }),
  };
}

/** `lookup` of templates. Kinds that the cluster does not serve have no objects. */
function lookupIn(cluster: ReleaseCluster, options: CallSignal): LookupReader {
  return async ({ apiVersion, kind, namespace, name }) => {
    const scope = await cluster.scopeOf({ apiVersion, kind }, options);
    if (scope === undefined) return undefined;
    const within = scope === 'cluster' ? '' : namespace;
    if (name !== '') return cluster.get({ apiVersion, kind, namespace: within, name }, options);
    return { apiVersion, kind: `${kind}List`, items: [...await cluster.list({ apiVersion, kind, namespace: within }, options)] };
  };
}

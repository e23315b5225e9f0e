import { errorMessage, type Rng } from '@kubernode/base';
import { decodeYaml } from '@kubernode/apimachinery';
import { ChartError } from '../chart/chart-error.ts';
import type { Chart } from '../chart/chart.ts';
import { coalesceValues } from '../chart/coalesce-values.ts';
import { processDependencies } from '../chart/process-dependencies.ts';
import { schemaFaults } from '../chart/validate-values.ts';
import { renderTemplates } from '../render/render-templates.ts';
import type { RenderCapabilities } from '../render/rendered-chart.ts';
import { splitDocuments } from '../render/sort-manifests.ts';
import type { Values } from '../values/values.ts';

export type Severity = 'INFO' | 'WARNING' | 'ERROR';
export interface Finding { severity: Severity; path: string; message: string }

export interface LintOptions {
  values: Values;
  namespace: string;
  capabilities?: RenderCapabilities;
  skipSchema?: boolean;
  now: number;
  rng: Rng;
}

/** What helm's linter says of a chart that could be loaded. */
export async function lintChart(chart: Chart, options: LintOptions): Promise<Finding[]> {
  return [...metadataFindings(chart), ...await valuesFindings(chart, options), ...templateFindings(chart, options), ...dependencyFindings(chart)];
}

function metadataFindings({ metadata, dependencies }: Chart): Finding[] {
  const findings: Finding[] = [];
  const say = (severity: Severity, message: string): void => { findings.push({ severity, path: 'Chart.yaml', message }); };
  if (!['v1', 'v2'].includes(metadata.apiVersion)) say('ERROR', `apiVersion '${metadata.apiVersion}' is not valid. The value must be either "v1" or "v2"`);
  if (metadata.apiVersion !== 'v2' && (metadata.dependencies ?? []).length > 0 && dependencies.length === 0) say('ERROR', 'dependencies are not valid in the Chart file with apiVersion \'v1\'. They are valid in apiVersion \'v2\'');
  if (metadata.apiVersion !== 'v2' && metadata.type !== undefined) say('ERROR', 'chart type is not valid in apiVersion \'v1\'. It is valid in apiVersion \'v2\'');
  for (const { name = '', email = '', url = '' } of metadata.maintainers ?? []) {
    if (name === '') say('ERROR', 'each maintainer requires a name');
    if (email !== '' && !/^[^@\s]+@[^@\s]+$/.test(email)) say('ERROR', `invalid email '${email}' for maintainer '${name}'`);
    if (url !== '' && !/^https?:\/\//.test(url)) say('ERROR', `invalid url '${url}' for maintainer '${name}'`);
  }
  for (const source of metadata.sources ?? []) if (!/^https?:\/\/\S+$/.test(source)) say('ERROR', `invalid source URL '${source}'`);
  if (metadata.icon === undefined || metadata.icon === '') say('INFO', 'icon is recommended');
  else if (!/^(?:https?|ftp|data):/.test(metadata.icon)) say('ERROR', `invalid icon URL '${metadata.icon}'`);
  return findings;
}

async function valuesFindings(chart: Chart, { values, skipSchema = false }: LintOptions): Promise<Finding[]> {
  if (chart.schema === undefined || skipSchema) return [];
  const faults = await schemaFaults({ ...chart, dependencies: [] }, coalesceValues({ ...chart, dependencies: [] }, values));
  return faults === '' ? [] : [{ severity: 'ERROR', path: 'values.yaml', message: faults.replace(/^[^\n]*:\n/, '').trimEnd() }];
}

function templateFindings(chart: Chart, options: LintOptions): Finding[] {
  if (chart.templates.length === 0) return [{ severity: 'WARNING', path: 'templates/', message: 'directory not found' }];
  const findings: Finding[] = [];
  let rendered: ReadonlyMap<string, string>;
  try {
    const processed = processDependencies(chart, options.values, () => undefined);
    const values = coalesceValues(processed, options.values);
    rendered = renderTemplates(processed, values, { ...options, release: { name: 'test-release', namespace: options.namespace, revision: 1, isUpgrade: false }, lint: true }, () => null);
  } catch (error) {
    if (!(error instanceof ChartError)) throw error;
    return [{ severity: 'ERROR', path: 'templates/', message: error.message }];
  }
  for (const [name, text] of rendered) {
    const path = name.slice(chart.metadata.name.length + 1);
    if (!path.startsWith('templates/') || !/\.ya?ml$/.test(path)) continue;
    for (const document of splitDocuments(text)) findings.push(...documentFindings(path, document));
  }
  return findings;
}

function documentFindings(path: string, document: string): Finding[] {
  let value: unknown;
  try { value = decodeYaml(document).value; } catch (error) { return [{ severity: 'ERROR', path, message: `unable to parse YAML: error converting YAML to JSON: ${errorMessage(error)}` }]; }
  const { metadata, kind } = (value ?? {}) as { metadata?: { name?: unknown }; kind?: unknown }; // whatever it is, reading is safe
  const name = metadata?.name;
  if (typeof name !== 'string' || name === '' || typeof kind !== 'string') return [];
  const isPathName = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].includes(kind);
  const isValid = isPathName ? !/[/%]/.test(name) && name !== '.' && name !== '..' : /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name) && name.length <= 253;
  return isValid ? [] : [{ severity: 'ERROR', path, message: `object name does not conform to Kubernetes naming requirements: ${JSON.stringify(name)}` }];
}

function dependencyFindings({ metadata, dependencies }: Chart): Finding[] {
  const there = new Set(dependencies.map((one) => one.metadata.name));
  const missing = (metadata.dependencies ?? []).map(({ name }) => name).filter((name) => !there.has(name));
  const declared = new Set((metadata.dependencies ?? []).map(({ name }) => name));
  const undeclared = [...there].filter((name) => !declared.has(name));
  return [
    ...(undeclared.length > 0 ? [{ severity: 'ERROR' as const, path: '', message: `chart metadata is missing these dependencies: ${undeclared.join(',')}` }] : []),
    ...(missing.length > 0 ? [{ severity: 'WARNING' as const, path: '', message: `chart directory is missing these dependencies: ${missing.join(',')}` }] : []),
  ];
}

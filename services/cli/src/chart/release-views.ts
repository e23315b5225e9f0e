import { encodeYaml, isJsonObject, type JsonObject } from '@kubernode/apimachinery';
import { chartText, computedValues, type Release } from '@kubernode/helm';
import { formatOutput } from './output-format.ts';
import { hookText, showStatus } from './show-releases.ts';

/** `helm get values`. */
export function valuesView(release: Release, { all, format }: { all: boolean; format: string }): string {
  const values = all ? computedValues(release) : release.config;
  const data = Object.keys(values).length === 0 ? null : values;
  return formatOutput(format, { data, table: () => `${all ? 'COMPUTED' : 'USER-SUPPLIED'} VALUES:\n${encodeYaml(data)}` });
}

/** `helm get manifest`. */
export function manifestView({ manifest }: Release): string { return `${manifest}\n`; }

/** `helm get hooks`. */
export function hooksView({ hooks }: Release): string { return hooks.map(hookText).join(''); }

/** `helm get notes`. */
export function notesView({ info: { notes = '' } }: Release): string { return notes === '' ? '' : `NOTES:\n${notes}\n`; }

/** `helm get metadata`. */
export function metadataView(release: Release, format: string): string {
  const data = metadataOf(release);
  const pairs = Object.entries(data.annotations ?? {}).map(([key, value]) => `${key}=${String(value)}`).sort().join(',');
  const dependencies = (data.dependencies ?? []).map(({ name }) => String(name)).sort().join(',');
  const lines = [
    `NAME: ${data.name}`, `CHART: ${data.chart}`, `VERSION: ${data.version}`, `APP_VERSION: ${data.appVersion}`, `ANNOTATIONS: ${pairs}`, `DEPENDENCIES: ${dependencies}`,
    `NAMESPACE: ${data.namespace}`, `REVISION: ${data.revision}`, `STATUS: ${data.status}`, `DEPLOYED_AT: ${data.deployedAt}`,
  ];
  return formatOutput(format, { data, table: () => `${lines.join('\n')}\n` });
}

/** `helm get all`. */
export function fullView(release: Release): string {
  const values = (title: string, data: JsonObject): string => `${title} VALUES:\n${encodeYaml(Object.keys(data).length === 0 ? null : data)}\n`;
  const { notes } = release.info;
  const hooksAndManifest = `HOOKS:\n${release.hooks.map(hookText).join('')}MANIFEST:\n${release.manifest}\n`;
  const head = showStatus(release, { chart: true, notes: false });
  return `${head}${values('USER-SUPPLIED', release.config)}${values('COMPUTED', computedValues(release))}${hooksAndManifest}${(notes ?? '') === '' ? '' : `NOTES:\n${(notes ?? '').trim()}\n`}`;
}

interface Metadata {
  name: string;
  chart: string;
  version: string;
  appVersion: string;
  annotations?: JsonObject;
  dependencies?: readonly JsonObject[];
  namespace: string;
  revision: number;
  status: string;
  deployedAt: string;
}

function metadataOf(release: Release): Metadata {
  const { annotations, dependencies } = release.chart?.metadata ?? {};
  return {
    name: release.name, chart: chartText(release, 'name'), version: chartText(release, 'version'), appVersion: chartText(release, 'appVersion'),
    ...(isJsonObject(annotations) && { annotations }), ...(Array.isArray(dependencies) && { dependencies: dependencies.filter(isJsonObject) }),
    namespace: release.namespace, revision: release.version, status: release.info.status, deployedAt: release.info.last_deployed.replace(/\.\d+/, ''),
  };
}

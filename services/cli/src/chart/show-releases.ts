import { chartNameAndVersion, chartText, type Release, type StoredHook } from '@kubernode/helm';
import { ansiTime, goTime } from './go-time.ts';
import { helmTable } from './helm-table.ts';
import type { Shown } from './output-format.ts';

/** A list of releases, as `helm list` shows it. */
export function showList(releases: readonly Release[], { headers }: { headers: boolean }): Shown {
  const data = releases.map((release) => ({
    name: release.name, namespace: release.namespace, revision: String(release.version), updated: goTime(release.info.last_deployed), status: release.info.status,
    chart: chartNameAndVersion(release), app_version: appVersion(release),
  }));
  const head = headers ? [['NAME', 'NAMESPACE', 'REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION']] : [];
  return { data, table: () => helmTable([...head, ...data.map((row) => Object.values(row))]) };
}

/** The revisions of a release, oldest first, as `helm history` shows them. */
export function showHistory(releases: readonly Release[]): Shown {
  const data = releases.toReversed().map((release) => ({
    revision: release.version, updated: release.info.last_deployed, status: release.info.status, chart: chartNameAndVersion(release), app_version: appVersion(release), description: release.info.description ?? '',
  }));
  const rows = data.map(({ revision, updated, status, chart, app_version, description }) => [String(revision), ansiTime(updated), status, chart, app_version, description]);
  return { data, table: () => helmTable([['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'], ...rows]) };
}

export interface StatusDetails {
  description?: boolean;
  notes?: boolean;
  /** The manifest and the hooks, as for a dry run. */
  manifest?: boolean;
  /** Name and versions of the chart. */
  chart?: boolean;
  /** Lines of a table of what it consists of. */
  resources?: string;
}

/** One release, as `helm status` shows it. */
export function showStatus(release: Release, { description = false, notes = true, manifest = false, chart = false, resources = '' }: StatusDetails = {}): string {
  const { info } = release;
  const lines = [
    `NAME: ${release.name}`, `LAST DEPLOYED: ${ansiTime(info.last_deployed)}`, `NAMESPACE: ${release.namespace}`, `STATUS: ${info.status}`, `REVISION: ${release.version}`,
    ...(chart ? [`CHART: ${chartText(release, 'name')}`, `VERSION: ${chartText(release, 'version')}`, `APP_VERSION: ${chartText(release, 'appVersion')}`] : []),
    ...(description ? [`DESCRIPTION: ${info.description ?? ''}`] : []),
    ...(resources === '' ? [] : [`RESOURCES:\n${resources}`]),
    ...testLines(release.hooks),
    ...(manifest ? [`HOOKS:\n${release.hooks.map(hookText).join('')}MANIFEST:\n${release.manifest}`] : []),
    ...(notes && (info.notes ?? '') !== '' ? [`NOTES:\n${(info.notes ?? '').trim()}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

export function hookText({ path, manifest }: StoredHook): string { return `---\n# Source: ${path}\n${manifest}\n`; }

/** A release for programs: its labels stand on its Secret, and its chart is left out where the user has it. */
export function releaseData({ labels: _labels, chart, ...release }: Release, { withChart }: { withChart: boolean }): unknown {
  const { name, info, config, manifest, hooks, version, namespace } = release;
  return { name, info, ...(withChart && { chart }), ...(Object.keys(config).length > 0 && { config }), manifest, ...(hooks.length > 0 && { hooks }), version, namespace };
}

function testLines(hooks: readonly StoredHook[]): string[] {
  const tests = hooks.filter(({ events }) => events.includes('test'));
  if (tests.length === 0) return ['TEST SUITE: None'];
  return tests.filter(({ last_run }) => last_run.started_at !== '').map(({ name, last_run }) =>
    `TEST SUITE:     ${name}\nLast Started:   ${ansiTime(last_run.started_at)}\nLast Completed: ${ansiTime(last_run.completed_at)}\nPhase:          ${last_run.phase}`);
}

function appVersion(release: Release): string { return release.chart === null ? 'MISSING' : chartText(release, 'appVersion'); }

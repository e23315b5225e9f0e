import { formatValue } from '../values/format-go.ts';
import { deepCopy, type GoMap, type Value } from '../values/value.ts';
import { parseVersion, satisfies } from '../functions/semver.ts';
import type { Values } from '../values/values.ts';
import { coalesceValues, mergeTables, type ValueOwner } from './coalesce-values.ts';
import type { Chart, ChartDependency } from './chart.ts';

/** A chart whose dependencies are those that take part, under the names by which they are known, with the values that they export. */
export interface ProcessedChart extends Chart {
  dependencies: readonly ProcessedChart[];
}

/** Chooses dependencies by conditions and tags, names them by their aliases, and takes over what `import-values` asks for. */
export function processDependencies(chart: Chart, values: Values, warn: (message: string) => void): ProcessedChart {
  return importValues(enable(chart, values, '', warn), warn);
}

/** Whether a version is in the range that a chart asks for. */
export function isCompatible(range: string, version: string): boolean {
  try { return satisfies(() => parseVersion(version), range); } catch { return false; } // no range or no version holds nothing
}

function enable(chart: Chart, values: Values, path: string, warn: (message: string) => void): ProcessedChart {
  const wanted = chart.metadata.dependencies;
  if (wanted === undefined) return { ...chart, dependencies: chart.dependencies.map((one) => enableWithin(one, values, path, warn)) };
  const isMatch = (one: Chart, { name, version = '' }: ChartDependency): boolean => one.metadata.name === name && isCompatible(version, one.metadata.version);
  const undeclared = chart.dependencies.filter((one) => !wanted.some((dependency) => isMatch(one, dependency)));
  const declared = wanted.flatMap((dependency) => {
    const found = chart.dependencies.find((one) => isMatch(one, dependency));
    return found === undefined ? [] : [{ ...found, metadata: { ...found.metadata, name: nameOf(dependency) } }];
  });
  const all = { ...chart, dependencies: [...undeclared, ...declared] };
  const coalesced = coalesceValues(all, values);
  const disabled = new Set(wanted.filter((dependency) => !isEnabled(dependency, coalesced, path, warn)).map(nameOf));
  return {
    ...chart,
    metadata: { ...chart.metadata, dependencies: wanted.filter((dependency) => !disabled.has(nameOf(dependency))).map((dependency) => ({ ...dependency, name: nameOf(dependency), enabled: true })) },
    dependencies: all.dependencies.filter(({ metadata }) => !disabled.has(metadata.name)).map((one) => enable(one, coalesced, `${path}${one.metadata.name}.`, warn)),
  };
}

/** Charts that nobody declares are there whatever the values are. */
function enableWithin(chart: Chart, values: Values, path: string, warn: (message: string) => void): ProcessedChart {
  return enable(chart, values, `${path}${chart.metadata.name}.`, warn);
}

function nameOf({ name, alias }: ChartDependency): string { return alias ?? name; }

/** Conditions decide before tags: the first one that is there. */
function isEnabled(dependency: ChartDependency, values: GoMap, path: string, warn: (message: string) => void): boolean {
  for (const condition of (dependency.condition ?? '').trim().split(',')) {
    if (condition === '') continue;
    const value = valueAt(values, path + condition);
    if (typeof value === 'boolean') return value;
    if (value !== undefined) warn(`Warning: Condition path '${condition}' for chart ${nameOf(dependency)} returned non-bool value`);
  }
  const tags = values.get('tags');
  if (!(tags instanceof Map)) return true;
  const found = (dependency.tags ?? []).map((tag) => tags.get(tag)).filter((value) => typeof value === 'boolean');
  return found.length === 0 || found.includes(true);
}

/** What is at a path of keys, unless it is a map. */
function valueAt(values: GoMap, path: string): Value | undefined {
  const value = path.split('.').reduce<Value | undefined>((at, key) => (at instanceof Map ? at.get(key) : undefined), values);
  return value instanceof Map ? undefined : value;
}

function tableAt(values: GoMap, path: string): GoMap | undefined {
  if (path === '.') return values;
  const value = path.split('.').reduce<Value | undefined>((at, key) => (at instanceof Map ? at.get(key) : undefined), values);
  return value instanceof Map ? value : undefined;
}

/** What dependencies export becomes a default of the parent; the parent's own values count for more. */
function importValues(chart: ProcessedChart, warn: (message: string) => void): ProcessedChart {
  const processed = { ...chart, dependencies: chart.dependencies.map((one) => importValues(one, warn)) };
  if (chart.metadata.dependencies === undefined) return processed;
  const own = coalesceValues(processed as ValueOwner, new Map(), { merge: true });
  const imported: GoMap = new Map();
  for (const dependency of chart.metadata.dependencies) {
    for (const one of dependency['import-values'] ?? []) {
      const { child, parent } = typeof one === 'string' ? { child: `exports.${one}`, parent: '.' } : { child: formatValue(one.child), parent: formatValue(one.parent) };
      const table = tableAt(own, `${nameOf(dependency)}.${child}`);
      if (table === undefined) { warn(`Warning: ImportValues missing table from chart ${nameOf(dependency)}: ${JSON.stringify(child)} is not a table`); continue; }
      mergeTables(imported, nested(parent, deepCopy(table)), { prefix: '', merge: true, warn });
    }
  }
  return { ...processed, values: mergeTables(deepCopy(own), imported, { prefix: '', merge: true, warn }) };
}

function nested(path: string, table: GoMap): GoMap {
  return path === '.' ? table : path.split('.').reduceRight((inner, key) => new Map<string, Value>([[key, inner]]), table);
}

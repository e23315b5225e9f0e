import { formatValue } from '../values/format-go.ts';
import { deepCopy, type GoMap, type Value } from '../values/value.ts';
import { ChartError } from './chart-error.ts';
import type { Chart } from './chart.ts';
import type { Values } from '../values/values.ts';

export interface CoalesceOptions {
  /** Keeps nulls, where they would delete a default. */
  merge?: boolean;
  warn?(message: string): void;
}

/** All that coalescing needs of a chart: names, defaults, dependencies. */
export type ValueOwner = Pick<Chart, 'values'> & { metadata: { name: string }; dependencies: readonly ValueOwner[] };

/** The values that a chart and its dependencies see: those given over each one's defaults, `global` handed down, null deleting. */
export function coalesceValues(chart: ValueOwner, given: Values, { merge = false, warn = () => undefined }: CoalesceOptions = {}): GoMap {
  const values = deepCopy(new Map(given));
  coalesce(chart, values, { prefix: '', merge, warn });
  return values;
}

interface Context { prefix: string; merge: boolean; warn(message: string): void }

function coalesce(chart: ValueOwner, values: GoMap, context: Context): void {
  applyDefaults(chart, values, context);
  const prefix = joined(context.prefix, chart.metadata.name);
  for (const dependency of chart.dependencies) {
    const { name } = dependency.metadata;
    const own: Value = values.get(name) ?? (values.has(name) ? null : new Map());
    if (!(own instanceof Map)) throw new ChartError(`type mismatch on ${name}: want a map of values, not ${formatValue(own)}`);
    values.set(name, own);
    handDownGlobals(own, values, { ...context, prefix });
    coalesce(dependency, own, { ...context, prefix });
  }
}

function joined(prefix: string, key: string): string { return prefix === '' ? key : `${prefix}.${key}`; }

function applyDefaults(chart: ValueOwner, values: GoMap, { prefix, merge, warn }: Context): void {
  const path = joined(prefix, chart.metadata.name);
  for (const [key, fallback] of deepCopy(new Map(chart.values))) {
    const given = values.get(key);
    if (given === undefined) { values.set(key, fallback); continue; }
    if (given === null && !merge) { values.delete(key); continue; }
    if (!(given instanceof Map)) continue;
    if (fallback instanceof Map) {
      const isDependency = chart.dependencies.some(({ metadata }) => metadata.name === key);
      mergeTables(given, fallback, { prefix: joined(path, key), merge: merge || isDependency, warn });
    } else if (fallback !== null) warn(`warning: skipped value for ${path}.${key}: Not a table.`);
  }
}

/** `global` of the parent over that of a dependency. */
function handDownGlobals(target: GoMap, source: Values, { prefix, warn }: Context): void {
  const [own, parents] = [target.get('global') ?? new Map<string, Value>(), source.get('global') ?? new Map<string, Value>()];
  if (!(own instanceof Map)) { warn('warning: skipping globals because destination global is not a table.'); return; }
  if (!(parents instanceof Map)) { warn('warning: skipping globals because source global is not a table.'); return; }
  for (const [key, value] of parents) {
    const known = own.get(key);
    if (value instanceof Map) {
      const copy = new Map(value);
      if (known instanceof Map) mergeTables(copy, known, { prefix: joined(prefix, key), merge: true, warn });
      else if (known !== undefined) { warn(`Conflict: cannot merge map onto non-map for "${key}". Skipping.`); continue; }
      own.set(key, copy);
    } else if (known instanceof Map) warn(`key ${key} is table. Skipping`);
    else own.set(key, value);
  }
  target.set('global', own);
}

/** Fills `target` from `source`, of which it has precedence; changes both. */
export function mergeTables(target: GoMap, source: GoMap, { prefix, merge, warn }: Context = { prefix: '', merge: false, warn: () => undefined }): GoMap {
  const given = new Set([...source].filter(([, value]) => value !== null).map(([key]) => key));
  for (const [key, value] of target) if (value === null) source.set(key, null);
  for (const [key, value] of source) {
    const known = target.get(key);
    if (known === undefined) target.set(key, value);
    else if (known === null && !merge && given.has(key)) target.delete(key);
    else if (value instanceof Map) {
      if (known instanceof Map) mergeTables(known, value, { prefix: joined(prefix, key), merge, warn });
      else warn(`warning: cannot overwrite table with non table for ${joined(prefix, key)} (${formatValue(value)})`);
    } else if (known instanceof Map && value !== null) warn(`warning: destination for ${joined(prefix, key)} is a table. Ignoring non-table value (${formatValue(value)})`);
  }
  return target;
}

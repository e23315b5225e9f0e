import { mergeTables } from '../chart/coalesce-values.ts';
import { deepCopy } from '../values/value.ts';
import { valuesFrom, type Values } from '../values/values.ts';
import type { JsonObject } from '@kubernode/apimachinery';
import { plainValues } from './plain-values.ts';
import type { Release } from './release.ts';

/**
 * What an upgrade makes of the values of the revision before. `default`: they are taken when none are given. `reset`: never. `reuse`: given
 * ones over them, and over the defaults of the chart as it was. `reset-then-reuse`: given ones over them, over the new chart's defaults.
 */
export type ValuePolicy = 'default' | 'reset' | 'reuse' | 'reset-then-reuse';

export interface ReusedValues {
  /** The user's values. */
  values: Values;
  /** In place of the chart's own; undefined: they stay. */
  chartValues?: Values;
}

export function reuseValues({ policy, given, current }: { policy: ValuePolicy; given: Values; current: Pick<Release, 'chart' | 'config'> }): ReusedValues {
  const before = valuesFrom(current.config);
  if (policy === 'reset') return { values: given };
  if (policy === 'default') return { values: given.size === 0 ? before : given };
  const values = coalesceTables(given, before);
  return policy === 'reuse' ? { values, chartValues: coalesceTables(before, valuesFrom(current.chart?.values ?? {})) } : { values };
}

/** A release's values over those of its chart, as it stores them: without those of dependencies. */
export function computedValues({ chart, config }: Pick<Release, 'chart' | 'config'>): JsonObject {
  return plainValues(coalesceTables(valuesFrom(config), valuesFrom(chart?.values ?? {})));
}

/** `over` with what only `under` has. A null takes away what is below it. */
function coalesceTables(over: Values, under: Values): Values {
  return mergeTables(deepCopy(new Map(over)), deepCopy(new Map(under)));
}

import { UserError, type CommandContext, type Options } from '@kubernode/component-base';
import type { Chart, Values } from '@kubernode/helm';
import type { valueOptions } from '../cmd/chart-options.ts';

export type ValueFlags = Options<typeof valueOptions>;

/** The chart that is named, and the values that are given for it. */
export function readChartInputs(reference: string, _flags: ValueFlags, _context: CommandContext): Promise<{ chart: Chart; values: Values }> {
  return Promise.reject(new UserError(`cannot read the chart ${reference} yet`));
}

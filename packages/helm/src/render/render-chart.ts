import { ChartError } from '../chart/chart-error.ts';
import type { Chart } from '../chart/chart.ts';
import type { Values } from '../values/values.ts';
import type { RenderedChart, RenderOptions } from './rendered-chart.ts';

/** What the chart makes of the values. Rejects with ChartError when the chart or the values are wrong. */
export function renderChart(chart: Chart, values: Values, options: RenderOptions): Promise<RenderedChart> {
  return Promise.reject(new ChartError(`cannot render ${chart.metadata.name} for ${options.release.name} with ${values.size} values yet`));
}

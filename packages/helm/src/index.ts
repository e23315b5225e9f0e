/**
 * Helm's charts without Helm: Go templates with sprig's and Helm's functions, chart files, values, and what a chart renders to.
 * Guarantees: the same bytes as `helm template` of Helm 3; nothing is asked of a cluster but through the `lookup` that is given; sizes,
 * depths and counts of what others wrote are bounded. Not here: reaching clusters and repositories.
 */
export { ChartError } from './chart/chart-error.ts';
export type { Chart, ChartDependency, ChartFile, ChartLock, ChartMaintainer, ChartMetadata } from './chart/chart.ts';
export type { Values } from './values/values.ts';
export { renderChart } from './render/render-chart.ts';
export type { Hook, HookDeletePolicy, HookEvent, LookupReader, Manifest, ReleaseFacts, RenderCapabilities, RenderedChart, RenderOptions } from './render/rendered-chart.ts';

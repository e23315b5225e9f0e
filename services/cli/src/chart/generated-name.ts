import type { Chart } from '@kubernode/helm';

/** `web-1700000000`: the chart's name with the second of its release. */
export function generatedName({ metadata: { name } }: Chart, now: number): string {
  return `${name}-${Math.floor(now / 1000)}`;
}

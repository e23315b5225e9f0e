import type { autoscalingV2 } from '@kubernode/api';
import { age } from '../cell-text.ts';
import { definePrinter, type Printer } from '../printer.ts';

const METRICS_SHOWN_MAX = 2;

/** Printed from the v2 form whichever version is asked for. */
const horizontalPodAutoscalers = definePrinter<autoscalingV2.HorizontalPodAutoscaler>({
  group: 'autoscaling', resource: 'horizontalpodautoscalers', columns: 'Name! | Reference | Targets | MinPods | MaxPods | Replicas | Age',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`, metricsText(spec?.metrics ?? [], status?.currentMetrics ?? []),
    String(spec?.minReplicas ?? '<unset>'), spec?.maxReplicas ?? 0, status?.currentReplicas ?? 0, age(metadata.creationTimestamp, now),
  ],
});

function metricsText(specs: readonly autoscalingV2.MetricSpec[], statuses: readonly autoscalingV2.MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.map((spec, index) => metricText(spec, statuses[index]));
  const shown = texts.slice(0, METRICS_SHOWN_MAX).join(', ');
  return texts.length > METRICS_SHOWN_MAX ? `${shown} + ${texts.length - METRICS_SHOWN_MAX} more...` : shown;
}

function metricText(spec: autoscalingV2.MetricSpec, status: autoscalingV2.MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External': return valueText(spec.external?.target, status?.external?.current);
    case 'Object': return valueText(spec.object?.target, status?.object?.current);
    case 'Pods': return `${status?.pods === undefined ? UNKNOWN : status.pods.current.averageValue ?? NO_QUANTITY}/${spec.pods?.target.averageValue ?? NO_QUANTITY}`;
    case 'Resource': return resourceText(spec.resource, status?.resource?.current);
    case 'ContainerResource': return resourceText(spec.containerResource, status?.containerResource?.current);
    default: return '<unknown type>';
  }
}

const UNKNOWN = '<unknown>';
/** What Go prints of a quantity that is not there. */
const NO_QUANTITY = '<nil>';

function valueText(target: autoscalingV2.MetricTarget | undefined, current: autoscalingV2.MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current === undefined ? UNKNOWN : current.value ?? NO_QUANTITY}/${target?.value ?? NO_QUANTITY}`;
}

function resourceText(metric: { name: string; target: autoscalingV2.MetricTarget } | undefined, current: autoscalingV2.MetricValueStatus | undefined): string {
  const { averageValue, averageUtilization } = metric?.target ?? {};
  const name = metric?.name ?? '';
  if (averageValue !== undefined) return `${name}: ${current === undefined ? UNKNOWN : current.averageValue ?? NO_QUANTITY}/${averageValue}`;
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(averageUtilization, '<auto>')}`;
}

function percent(value: number | undefined, without: string): string {
  return value === undefined ? without : `${value}%`;
}

export const autoscalingPrinters: readonly Printer[] = [horizontalPodAutoscalers];

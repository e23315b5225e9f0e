import type { coreV1 } from '@kubernode/api';
import { age, containerCells, labelsText, orNone } from '../cell-text.ts';
import { definePrinter, type Printer, type RowCondition } from '../printer.ts';
import { podSummary } from './pod-summary.ts';

const COMPLETED: Readonly<Record<string, RowCondition>> = {
  Succeeded: { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' },
  Failed: { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
};

const pods = definePrinter<coreV1.Pod>({
  group: '', resource: 'pods', columns: 'Name! | Ready | Status | Restarts | Age | IP+ | Node+ | Nominated Node+ | Readiness Gates+',
  cells(pod, now) {
    const { ready, total, status, restarts, lastRestart } = podSummary(pod);
    const restartText = restarts !== 0 && lastRestart !== undefined ? `${restarts} (${age(lastRestart, now)} ago)` : String(restarts);
    return [
      pod.metadata.name, `${ready}/${total}`, status, restartText, age(pod.metadata.creationTimestamp, now),
      orNone(pod.status?.podIPs?.[0]?.ip), orNone(pod.spec?.nodeName), orNone(pod.status?.nominatedNodeName), readinessGates(pod),
    ];
  },
  conditions(pod) {
    const completed = COMPLETED[pod.status?.phase ?? ''];
    return completed === undefined ? [] : [completed];
  },
});

function readinessGates({ spec, status }: Readonly<coreV1.Pod>): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status === 'True');
  return `${open.length}/${gates.length}`;
}

const podTemplates = definePrinter<coreV1.PodTemplate>({
  group: '', resource: 'podtemplates', columns: 'Name! | Containers | Images | Pod Labels',
  cells: ({ metadata, template }) => [metadata.name, ...containerCells(template?.spec), labelsText(template?.metadata?.labels)],
});

export const podPrinters: readonly Printer[] = [pods, podTemplates];

import { addQuantities, formatQuantity, parseQuantity } from '@kubernode/apimachinery';
import { definePrinter, type Printer } from '../printer.ts';

interface Usage { cpu: string; memory: string }
interface NodeMetrics { metadata: { name: string }; usage?: Usage; window?: string }
interface PodMetrics { metadata: { name: string }; containers?: readonly { usage: Usage }[]; window?: string }

const COLUMNS = 'Name! | cpu | memory | Window';

const nodes = definePrinter<NodeMetrics>({
  group: 'metrics.k8s.io', resource: 'nodes', columns: COLUMNS, cells: ({ metadata, usage, window = '' }) => [metadata.name, usage?.cpu ?? '', usage?.memory ?? '', window],
});

const pods = definePrinter<PodMetrics>({
  group: 'metrics.k8s.io', resource: 'pods', columns: COLUMNS, cells: ({ metadata, containers = [], window = '' }) => [metadata.name, total(containers, 'cpu'), total(containers, 'memory'), window],
});

function total(containers: readonly { usage: Usage }[], what: keyof Usage): string {
  const [first, ...rest] = containers.map(({ usage }) => parseQuantity(usage[what]));
  return first === undefined ? '' : formatQuantity(rest.reduce(addQuantities, first));
}

export const metricsPrinters: readonly Printer[] = [nodes, pods];

import { ClusterInMemory } from './cluster-in-memory.ts';
import { nodePartsOf, type Row } from './rows.ts';

export interface RowResult { readonly name: string; readonly nodes: number; readonly placed: number; readonly cpuSeconds: number; readonly heapBytes: number; readonly hash: number; readonly threshold: number | undefined }

/** Counts of pods are those of a cluster of so many nodes. */
const NODES_OF_ROWS = 5000;
const HUGE = { priority: 10, requests: { cpu: '9', memory: '500Mi' } };

/** Fills a cluster as the row says and measures the processor time that its pods take, decisions, queue and cache together. */
export async function runRow(row: Row, { nodes: wanted, pods: asked }: { nodes: number; pods: number }): Promise<RowResult> {
  const nodes = Math.min(wanted, row.nodesMax ?? Infinity);
  const pods = Math.min(asked, Math.floor(nodes * (row.perNodeMax ?? Infinity)));
  const cluster = new ClusterInMemory();
  try {
    for (let i = 0; i < nodes; i++) cluster.addNode(`node-${i}`, nodePartsOf(row, i));
    for (const { count, pod } of row.before ?? []) {
      for (let i = 0; i < Math.ceil((count * wanted) / NODES_OF_ROWS); i++) cluster.addPod(pod(i));
      await cluster.drain();
    }
    for (let i = 0; i < pods; i++) cluster.addPod(row.measured(i));
    let measured = 0;
    const before = process.cpuUsage();
    const placed = await cluster.drain(() => { if (row.churn !== undefined && ++measured % row.churn.every === 0) churn(cluster, row.churn.what); });
    const { user, system } = process.cpuUsage(before);
    return { name: row.name, nodes, placed, cpuSeconds: (user + system) / 1e6, heapBytes: process.memoryUsage().heapUsed, hash: cluster.hash >>> 0, threshold: row.threshold };
  } finally { cluster.close(); }
}

function churn(cluster: ClusterInMemory, what: NonNullable<Row['churn']>['what']): void {
  if (what === 'mixed') cluster.churn(HUGE);
  else if (what === 'delete placed') cluster.deletePlaced();
  else cluster.addPod(what.create);
}

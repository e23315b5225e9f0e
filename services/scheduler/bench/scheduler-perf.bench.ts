// The rows of Kubernetes' scheduler_perf through queue, decision and cache, without an API server.
// usage: npx tsx --conditions=source services/scheduler/bench/scheduler-perf.bench.ts [--nodes=5000] [--pods=1000] [ROW…]
// Prints pods a second of processor time beside Kubernetes' threshold for scheduler, API server and etcd together, and a hash of all decisions.
import { loadavg } from 'node:os';
import { rows } from './rows.ts';
import { runRow, type RowResult } from './run-row.ts';

const args = process.argv.slice(2);
const flag = (name: string, fallback: number): number => Number(args.find((one) => one.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const size = { nodes: flag('nodes', 5000), pods: flag('pods', 1000) };
const wanted = args.filter((one) => !one.startsWith('--'));

process.stdout.write(`${'row'.padEnd(38)} ${'nodes'.padStart(6)} ${'pods'.padStart(6)} ${'pods/s'.padStart(8)} ${'at least'.padStart(9)} ${'heap'.padStart(8)}  decisions   (load ${loadavg()[0]?.toFixed(1) ?? ''})\n`);
for (const row of rows) if (wanted.length === 0 || wanted.includes(row.name)) process.stdout.write(`${line(await runRow(row, size))}\n`);

function line({ name, nodes, placed, cpuSeconds, threshold, heapBytes, hash }: RowResult): string {
  return `${name.padEnd(38)} ${String(nodes).padStart(6)} ${String(placed).padStart(6)} ${(placed / cpuSeconds).toFixed(0).padStart(8)} ${(threshold === undefined ? '' : String(threshold)).padStart(9)} ${`${Math.round(heapBytes / 2 ** 20)} MB`.padStart(8)}  ${hash.toString(16)}`;
}

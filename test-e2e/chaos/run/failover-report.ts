import type { FaultResult } from './run-fault.ts';

/** What is kept of each run, so that a page can be written of runs on different days. */
export interface FailoverRecord {
  readonly fault: string;
  readonly title: string;
  readonly backend: string;
  /** ISO 8601 day. */
  readonly day: string;
  /** Processes that waited for a CPU, on average of the minute before, and CPUs. */
  readonly load: number;
  readonly cpus: number;
  readonly recoveryMs: number;
  readonly errors: number;
  readonly writesLost: number;
  readonly findings: number;
}

/** What kube-apiserver, kube-scheduler and kube-controller-manager 1.36.2 did on such a machine (a quiet one), and what is aimed at, in seconds. */
const REFERENCE: Readonly<Record<string, { readonly kubernetes: string; readonly target: string }>> = {
  'apiserver-kill': { kubernetes: '0.12', target: '≤ 0.12' }, 'apiserver-stop': { kubernetes: '0.08', target: '≤ 0.05, no error' }, 'apiserver-freeze': { kubernetes: '1.8', target: '≤ 1.5' }, 'etcd-leader-kill': { kubernetes: '5.1', target: '≤ 2.5' },
  'scheduler-kill': { kubernetes: '16 to 18', target: '≤ 2' }, 'controller-manager-kill': { kubernetes: '16 to 18', target: '≤ 2' }, 'scheduler-stop': { kubernetes: '17 to 21', target: '≤ 0.5' }, 'controller-manager-stop': { kubernetes: '17 to 21', target: '≤ 0.5' },
};

export function recordOf({ fault, title, recoveryMs, writerErrors, verdict }: FaultResult, where: Pick<FailoverRecord, 'backend' | 'day' | 'load' | 'cpus'>): FailoverRecord {
  return { fault, title, ...where, recoveryMs: Math.round(recoveryMs), errors: writerErrors, writesLost: verdict.writesLost, findings: verdict.findings.length };
}

/** The records that a page shows: the new ones in place of old ones of the same faults. */
export function mergeRecords(old: readonly FailoverRecord[], added: readonly FailoverRecord[]): readonly FailoverRecord[] {
  const measured = new Set(added.map(({ fault }) => fault));
  return [...old.filter(({ fault }) => !measured.has(fault)), ...added];
}

/** The value below which a share of them lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** docs/FAILOVER.md. `order`: names of faults as the page has them. Pure. */
export function renderFailoverReport(records: readonly FailoverRecord[], order: readonly string[]): string {
  const rows = order.flatMap((fault) => {
    const runs = records.filter((record) => record.fault === fault);
    const [first] = runs;
    if (first === undefined) return [];
    const { kubernetes = '', target = '' } = REFERENCE[fault] ?? {};
    const seconds = (share: number): string => (quantile(runs.map(({ recoveryMs }) => recoveryMs), share) / 1000).toFixed(2);
    const sum = (of: (record: FailoverRecord) => number): number => runs.reduce((total, record) => total + of(record), 0);
    const cells = [`${first.title} (\`${fault}\`)`, runs.length, loadOf(runs), seconds(0.5), seconds(0.99), sum(({ errors }) => errors), sum(({ writesLost }) => writesLost), sum(({ findings }) => findings), kubernetes, target];
    return [`| ${cells.join(' | ')} |`];
  });
  const cpus = Math.max(0, ...records.map((record) => record.cpus));
  const busy = records.some(({ load }) => load > BUSY_BEFORE_RATIO * cpus);
  const days = [...new Set(records.map(({ day }) => day))].sort();
  return `${[
    '# Failover',
    "What faults cost those who use a cluster: three etcd members, three API servers behind HAProxy, two schedulers and controller managers, nodes with containerd, each on a machine of its own. Written by\n`make chaos RUNS=10` from `docs/failover.json`; what is checked and how to run it says [chaos.md](chaos.md).",
    `Measured ${days.join(', ')}, machines as ${[...new Set(records.map(({ backend }) => backend))].join(' and ')} of one host with ${cpus} CPUs. Load is how many processes wanted to run, the cluster's own among them${busy ? `: **beyond ${BUSY_BEFORE_RATIO * cpus} the figures say more about the load than about failover**; those of Kubernetes are of a quiet machine` : ''}.`,
    ['| fault | runs | load | seconds to recover, p50 | p99 | errors clients saw | writes lost | findings | Kubernetes 1.36.2, s | target, s |', '|---|---|---|---|---|---|---|---|---|---|', ...rows].join('\n'),
    "Seconds to recover: for servers, network, disks and clocks the longest time that any of eight writers went without a success (a write every 20 ms, each by its own connection, at once again after an error); for leaders the time until\nsomebody's successor did the first thing that was asked for just after the fault; for nodes the longest time that a service, asked every 50 ms by a new connection, did not answer. With few runs p99 is the worst.",
    'Errors are those that the eight writers saw in all runs. Writes lost are acknowledged ones that no watcher and no list knows of. Findings are everything else that must not be: histories that are not linearizable, watches that miss or reorder, two leaders at a time, what does not converge.',
  ].join('\n\n')}\n`;
}

/** A quiet machine with the cluster and its workload on it has a load of three to four a CPU. */
const BUSY_BEFORE_RATIO = 4;

function loadOf(runs: readonly FailoverRecord[]): string {
  const loads = runs.map(({ load }) => load);
  return [...new Set([Math.min(...loads), Math.max(...loads)])].join(' to ');
}

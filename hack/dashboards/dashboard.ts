/** A query and how its series are called; `{{label}}` stands for a label's value. */
export interface Query { expr: string; legend: string }

export type Unit = 'short' | 'reqps' | 'ops' | 's' | 'bytes' | 'Bps' | 'percentunit' | 'cores' | 'dateTimeFromNow' | 'pps';

export interface Panel { title: string; description: string; kind: 'graph' | 'stat' | 'table'; unit: Unit; queries: readonly Query[]; /** From here on it is shown in red. */ redFrom?: number }
export interface Row { title: string; panels: readonly Panel[] }

/** One dashboard. Panels of its own job select by `$job` and `$instance`, all by `$cluster`. */
export interface Dashboard {
  /** Stable, so that links stay. */
  uid: string;
  title: string;
  /** Jobs whose instances can be chosen, as a regular expression. */
  jobs: string;
  rows: readonly Row[];
}

/** What is chosen above: for metrics of the dashboard's own jobs. */
export const CHOSEN = 'cluster=~"$cluster",job=~"$job",instance=~"$instance"';

/** For metrics of another job. */
export function ofJob(job: string): string { return `cluster=~"$cluster",job="${job}"`; }

export const query = (expr: string, legend = '{{instance}}'): Query => ({ expr, legend });

type PanelOf = (title: string, unit: Unit, description: string, ...queries: readonly Query[]) => Panel;
export const graph: PanelOf = (title, unit, description, ...queries) => ({ kind: 'graph', title, unit, description, queries });
export const table: PanelOf = (title, unit, description, ...queries) => ({ kind: 'table', title, unit, description, queries });
export const stat = (title: string, unit: Unit, description: string, expr: string, redFrom?: number): Panel => ({ kind: 'stat', title, unit, description, queries: [query(expr, '')], ...(redFrom !== undefined && { redFrom }) });
export const row = (title: string, ...panels: readonly Panel[]): Row => ({ title, panels });

/** A quantile of a histogram over the last minutes. */
export function quantile(q: number, histogram: string, selector: string, by: readonly string[] = []): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${histogram}_bucket{${selector}}[$__rate_interval])))`;
}

/** What every process shows of itself. */
export function processRow(): Row {
  return row('Processes',
    graph('Memory', 'bytes', 'Resident memory.', query(`process_resident_memory_bytes{${CHOSEN}}`)),
    graph('Processor time', 'cores', 'Processors that it keeps busy; a process works in one thread.', query(`rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval])`)),
    graph('Event loop', 's', 'How late the event loop is at the 99th percentile: everything waits that long.', query(`nodejs_eventloop_lag_p99_seconds{${CHOSEN}}`)),
    graph('Active resources', 'short', 'What keeps the event loop alive, under the name go_goroutines.', query(`go_goroutines{${CHOSEN}}`)));
}

import type { Dashboard, Panel, Row } from './dashboard.ts';

/** Grafana's grid is 24 wide. */
const GRID_WIDTH = 24;
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = { graph: 7, stat: 4, table: 8 };
const WIDTHS: Readonly<Record<Panel['kind'], number>> = { graph: 12, stat: 4, table: 24 };
const TYPES: Readonly<Record<Panel['kind'], string>> = { graph: 'timeseries', stat: 'stat', table: 'table' };
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** Of Grafana 9 and later. */
const SCHEMA_VERSION = 39;

/** A dashboard as Grafana imports it; nothing in it names a data source or a cluster. */
export function renderDashboard({ uid, title, jobs, rows }: Dashboard): object {
  return {
    uid, title: `Kubernode / ${title}`, tags: ['kubernode'], schemaVersion: SCHEMA_VERSION, editable: true, graphTooltip: 1, refresh: '30s', time: { from: 'now-1h', to: 'now' }, timezone: 'browser',
    links: [{ asDropdown: true, includeVars: true, keepTime: true, tags: ['kubernode'], title: 'Kubernode', type: 'dashboards' }],
    templating: { list: variables(jobs) },
    panels: placed(rows),
  };
}

function variables(jobs: string): object[] {
  const chosen = (name: string, expr: string): object => ({ name, type: 'query', datasource: DATASOURCE, query: { query: expr, refId: name }, refresh: 2, sort: 1, multi: true, includeAll: true, allValue: '.*', current: { text: ['All'], value: ['$__all'] } });
  return [
    { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source', current: {} },
    chosen('cluster', `label_values(up{job=~"${jobs}"}, cluster)`),
    { ...chosen('job', `label_values(up{cluster=~"$cluster",job=~"${jobs}"}, job)`), allValue: jobs },
    chosen('instance', `label_values(up{cluster=~"$cluster",job=~"$job"}, instance)`),
  ];
}

function placed(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: GRID_WIDTH, h: 1 } });
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of inRow) {
      const [w, h] = [WIDTHS[panel.kind], HEIGHTS[panel.kind]];
      if (x + w > GRID_WIDTH) { y += height; [x, height] = [0, 0]; }
      panels.push({ id: panels.length + 1, ...renderPanel(panel), gridPos: { x, y, w, h } });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function renderPanel({ kind, title, description, unit, queries, redFrom }: Panel): object {
  const steps = [{ color: 'green', value: null }, ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }])];
  return {
    type: TYPES[kind], title, description, datasource: DATASOURCE,
    targets: queries.map(({ expr, legend }, i) => ({ refId: String.fromCharCode(65 + i), datasource: DATASOURCE, expr, legendFormat: legend, ...(kind === 'graph' ? { range: true } : { instant: true, range: false, format: kind === 'table' ? 'table' : 'time_series' }) })),
    fieldConfig: { defaults: { unit: unit === 'cores' ? 'short' : unit, ...(kind === 'graph' && { min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }), thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options: kind === 'graph' ? { legend: { displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'max'] }, tooltip: { mode: 'multi', sort: 'desc' } } : {},
  };
}

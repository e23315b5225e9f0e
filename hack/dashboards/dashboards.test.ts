import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dashboardFiles } from './all-dashboards.ts';

const dir = path.join(import.meta.dirname, '../../charts/monitoring/dashboards');
const files = dashboardFiles();

test('the dashboards of the chart are those of hack/dashboards; tsx hack/update-dashboards.ts writes them', () => {
  expect(readdirSync(dir).sort()).toEqual(Object.keys(files).sort());
  for (const [name, text] of Object.entries(files)) expect(readFileSync(path.join(dir, name), 'utf8')).toBe(text);
});

interface Panel { id: number; type: string; title: string; description?: string; gridPos: { x: number; y: number; w: number; h: number }; targets?: { expr: string }[] }
interface Shown { uid: string; panels: Panel[] }

test.each(Object.entries(files))('%s names no data source, cluster or instance, and its panels do not overlap', (_, text) => {
  const { panels } = JSON.parse(text) as Shown;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (__, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`));
  expect([new Set(cells).size, Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))]).toEqual([cells.length, 24]);
  for (const panel of panels.filter(({ type }) => type !== 'row')) {
    expect(panel.description).not.toBe('');
    for (const { expr } of panel.targets ?? []) expect([expr, /\$cluster|ALERTS/.test(expr), /instance=~?"[^$]/.test(expr)]).toEqual([expr, true, false]);
  }
});

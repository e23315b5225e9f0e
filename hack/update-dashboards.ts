// Writes the dashboards of hack/dashboards into charts/monitoring/dashboards. `hack/dashboards/dashboards.test.ts` checks that they are up to date.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dashboardFiles } from './dashboards/all-dashboards.ts';

const dir = path.join(import.meta.dirname, '../charts/monitoring/dashboards');
rmSync(dir, { recursive: true, force: true });
mkdirSync(dir, { recursive: true });
for (const [name, text] of Object.entries(dashboardFiles())) writeFileSync(path.join(dir, name), text);

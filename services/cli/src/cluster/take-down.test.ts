import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { parseOptions } from '@kubernode/component-base';
import { writePidFile } from '../host/pid-file.ts';
import { layoutOf } from './layout.ts';
import { clusterOptions, resolveConfig } from './resolve-config.ts';
import { takeDown } from './take-down.ts';

let dir = '';
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'kn-down-')); });
afterEach(() => { rmSync(dir, { recursive: true }); });

test('takeDown stops what runs and tells of it, leaves the data, and can be done again', async () => {
  const layout = layoutOf(dir);
  for (const folder of [layout.runDir, layout.etcdData(0)]) mkdirSync(folder, { recursive: true });
  writeFileSync(layout.pidFile('etcd-0'), '999999999 5\n'); // one that ended by itself
  const child = spawn('sleep', ['60']);
  const ended = new Promise((resolve) => { child.once('exit', (_, signal) => { resolve(signal); }); });
  writePidFile(layout.pidFile('supervisor'), child.pid ?? 0);
  const told: string[] = [];
  const config = resolveConfig(parseOptions(clusterOptions, ['--nodes=0']).options, undefined);
  const down = (): Promise<void> => takeDown({ layout, config, env: { HOME: dir }, clock: systemClock, report: (what) => { told.push(what); } });
  await down();
  expect([await ended, told, existsSync(layout.runDir), readdirSync(dir)]).toEqual(['SIGTERM', [`process supervisor (pid ${child.pid})`], false, ['etcd']]);
  await down();
  expect(told).toHaveLength(1);
});

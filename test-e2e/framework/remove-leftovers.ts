import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clusterDirPrefix, kubernodeCommand } from './cluster.ts';
import { run } from './run.ts';

/**
 * Takes down clusters of tests that were interrupted: their pods, links and chains would be taken for those of the next cluster, and its
 * addresses are the same. Clusters whose supervisor runs belong to tests of somebody else and are left. Returns the folders removed.
 */
export async function removeLeftovers(): Promise<readonly string[]> {
  const dirs = readdirSync(tmpdir()).filter((name) => name.startsWith(clusterDirPrefix)).map((name) => path.join(tmpdir(), name));
  const down: string[] = [];
  for (const dir of dirs.filter((one) => existsSync(path.join(one, 'cluster.json')))) {
    if (!(await run(kubernodeCommand, ['status', `--dir=${dir}`])).stdout.includes(' is down;')) continue;
    const { status, stderr } = await run(kubernodeCommand, ['down', '--purge', `--dir=${dir}`], { timeoutMs: 180_000 });
    if (status !== 0) throw new Error(`cannot remove what an interrupted test left in ${dir}: ${stderr}`);
    down.push(dir);
  }
  return down;
}

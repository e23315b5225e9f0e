import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFakeClock } from '@kubernode/testing';
import { directoryUsage, filesUsage, filesystemUsage } from './filesystem-usage.ts';
import { StorageStats } from './storage-stats.ts';

let dir: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'usage-')); });
afterEach(() => { rmSync(dir, { recursive: true, force: true }); });

test('directoryUsage: what du says', async () => {
  mkdirSync(`${dir}/a/b`, { recursive: true });
  writeFileSync(`${dir}/a/big`, Buffer.alloc(300_000, 'x'));
  writeFileSync(`${dir}/a/b/small`, 'x');
  linkSync(`${dir}/a/big`, `${dir}/same`);
  symlinkSync('/usr', `${dir}/elsewhere`);
  const du = (...flags: string[]): number => Number(/^\d+/.exec(execFileSync('du', [...flags, '-s', dir], { encoding: 'utf8' }))?.[0]);
  expect(await directoryUsage(dir)).toEqual({ usedBytes: du('-B1'), inodesUsed: du('--inodes') });
});

test('filesUsage: the files of a directory, without it and what is below', async () => {
  mkdirSync(`${dir}/below`);
  writeFileSync(`${dir}/below/x`, Buffer.alloc(100_000, 'x'));
  writeFileSync(`${dir}/a`, Buffer.alloc(8192, 'x'));
  writeFileSync(`${dir}/empty`, '');
  expect([await filesUsage(dir), await filesUsage(`${dir}/gone`)]).toEqual([{ usedBytes: 8192, inodesUsed: 2 }, { usedBytes: 0, inodesUsed: 0 }]);
});

test('directoryUsage, filesystemUsage: what is gone holds nothing', async () => {
  expect([await directoryUsage(`${dir}/gone`), await filesystemUsage(`${dir}/gone`, 0)]).toEqual([{ usedBytes: 0, inodesUsed: 0 }, undefined]);
});

test('StorageStats: a directory is counted once a minute, however many ask', async () => {
  const clock = createFakeClock();
  const stats = new StorageStats({ runtime: { usage: () => Promise.reject(new Error('down')), imageStorage: () => Promise.reject(new Error('down')) }, clock, rootDir: dir, podLogsDir: dir });
  const first = stats.directory(dir);
  expect(stats.directory(dir)).toBe(first);
  const before = await first;
  writeFileSync(`${dir}/more`, Buffer.alloc(100_000, 'x'));
  expect(await stats.directory(dir)).toBe(before);
  await clock.advance(61_000);
  expect((await stats.directory(dir)).usedBytes).toBeGreaterThan(before.usedBytes);
  expect(await stats.look()).toMatchObject({ node: { capacityBytes: expect.any(Number) }, images: undefined, containers: undefined });
});

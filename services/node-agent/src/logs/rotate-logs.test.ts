import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rotateOne, sortRotated } from './rotate-logs.ts';

let dir: string;
let log: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'rotate-')); log = path.join(dir, '0.log'); });
afterEach(() => { rmSync(dir, { recursive: true }); });

const at = (second: number): number => Date.parse(`2026-01-01T00:00:0${second}Z`);
const rotate = (second: number, maxFiles = 3): Promise<void> => rotateOne(log, { nowMs: at(second), maxFiles, reopen: () => { writeFileSync(log, '', { mode: 0o640 }); return Promise.resolve(); } });

test('rotateOne: the newest stays plain, older ones are compressed with their mode, the oldest go', async () => {
  for (let second = 1; second <= 4; second++) {
    writeFileSync(log, `content ${second}`, { mode: 0o640 });
    await rotate(second, 4);
  }
  expect(readdirSync(dir).sort()).toEqual(['0.log', '0.log.20260101-000002.gz', '0.log.20260101-000003.gz', '0.log.20260101-000004']);
  expect([gunzipSync(readFileSync(`${log}.20260101-000003.gz`)).toString(), readFileSync(`${log}.20260101-000004`, 'utf8'), statSync(`${log}.20260101-000003.gz`).mode & 0o777]).toEqual(['content 3', 'content 4', 0o640]);
});

test('rotateOne: a runtime that does not reopen keeps its log', async () => {
  writeFileSync(log, 'content');
  await expect(rotateOne(log, { nowMs: at(1), maxFiles: 3, reopen: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
  expect([readdirSync(dir), readFileSync(log, 'utf8')]).toEqual([['0.log'], 'content']);
});

test('rotateOne: a log of 10 GB is set aside as it is; compressing it later ends with the agent and leaves it whole', async () => {
  const size = 10 * 2 ** 30; // a hole: it takes no space
  writeFileSync(log, '');
  truncateSync(log, size);
  await rotate(1);
  expect([readdirSync(dir), statSync(`${log}.20260101-000001`).size]).toEqual([['0.log', '0.log.20260101-000001'], size]);
  const stopping = new AbortController();
  const rotation = rotateOne(log, { nowMs: at(2), maxFiles: 3, reopen: () => Promise.resolve(), signal: stopping.signal });
  stopping.abort();
  await expect(rotation).rejects.toMatchObject({ name: 'AbortError' });
  expect([readdirSync(dir), statSync(`${log}.20260101-000001`).size]).toEqual([['0.log', '0.log.20260101-000001'], size]);
});

test('rotateOne: a link that somebody put there is removed, not compressed', async () => {
  writeFileSync(log, 'content');
  symlinkSync('/etc/passwd', `${log}.20260101-000001`);
  await rotate(2, 5);
  expect([readdirSync(dir).sort(), existsSync('/etc/passwd')]).toEqual([['0.log', '0.log.20260101-000002'], true]);
  symlinkSync('/etc/hosts', `${log}.20260101-000002.tmp`);
  const before = readFileSync('/etc/hosts');
  await rotate(3, 5);
  expect([readdirSync(dir).sort(), readFileSync('/etc/hosts')]).toEqual([['0.log', '0.log.20260101-000002.gz', '0.log.20260101-000003'], before]);
  renameSync(`${log}.20260101-000003`, log);
});

test.each([
  { names: ['l.1', 'l.2.gz'], maxFiles: 5, kept: ['l.1', 'l.2.gz'], removed: [] },
  { names: ['l.3', 'l.1.gz', 'l.2.gz'], maxFiles: 4, kept: ['l.2.gz', 'l.3'], removed: ['l.1.gz'] },
  { names: ['l.1', 'l.1.gz', 'l.2.tmp'], maxFiles: 5, kept: ['l.1.gz'], removed: ['l.1', 'l.2.tmp'] },
  { names: ['l.1', 'l.2'], maxFiles: 2, kept: [], removed: ['l.1', 'l.2'] },
  { names: ['l.1'], maxFiles: 1, kept: [], removed: ['l.1'] },
])('sortRotated: $names with at most $maxFiles', ({ names, maxFiles, kept, removed }) => { expect(sortRotated(names, maxFiles)).toEqual({ kept, removed }); });

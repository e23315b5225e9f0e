import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify, isRunning, readPidFile, removePidFile, signalProcess, writePidFile } from './pid-file.ts';

let folder = '';
const file = (): string => path.join(folder, 'x.pid');
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'kn-pid-')); });
afterEach(() => { rmSync(folder, { recursive: true }); });

const exitOf = (child: ChildProcess): Promise<string | number | null> => new Promise((resolve) => { child.once('exit', (code, signal) => { resolve(signal ?? code); }); });

test('a pid file finds its process for as long as that runs', async () => {
  const child = spawn('sleep', ['60']);
  const exited = exitOf(child);
  writePidFile(file(), child.pid ?? 0);
  const identity = readPidFile(file());
  expect(identity?.pid).toBe(child.pid);
  if (identity) signalProcess(identity, 'SIGTERM');
  expect(await exited).toBe('SIGTERM');
  expect([identity && isRunning(identity), readPidFile(file())]).toEqual([false, undefined]);
});

test('a pid that the kernel gave to another process is not taken for ours, nor sent a signal', () => {
  const other = identify(process.pid);
  writeFileSync(file(), `${process.pid} 1\n`);
  expect(other).toBeDefined();
  expect(readPidFile(file())).toBeUndefined();
  signalProcess({ pid: process.pid, startTicks: '1' }, 'SIGKILL'); // this process is still here to tell
  expect(identify(process.pid)).toEqual(other);
});

test.each([['', 'empty'], ['nonsense\n', 'no number'], ['999999999 5\n', 'of nobody']])('a pid file that holds %j (%s) names no process', (text) => {
  writeFileSync(file(), text);
  expect(readPidFile(file())).toBeUndefined();
});

test('a pid file that is not there names no process, and can be removed again', () => {
  removePidFile(file());
  expect(readPidFile(file())).toBeUndefined();
});

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { logBytesMax, rotateLog } from './rotate-log.ts';

let folder = '';
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'kn-rotate-')); });
afterEach(() => { rmSync(folder, { recursive: true }); });

/** A log of that size which begins with `text`; the rest are holes, which cost nothing. */
function logOf(text: string, bytes: number): string {
  const file = path.join(folder, 'x.log');
  writeFileSync(file, text);
  truncateSync(file, bytes);
  return file;
}

const startOf = (file: string): string => readFileSync(file, 'utf8').slice(0, 5);

test('rotateLog leaves a small log, and one that is not there, alone', () => {
  expect(rotateLog(logOf('first', logBytesMax - 1))).toBe(false);
  expect(rotateLog(path.join(folder, 'none.log'))).toBe(false);
  expect(existsSync(path.join(folder, 'x.log.1'))).toBe(false);
});

test('rotateLog empties a large log in place and keeps the newest three', () => {
  let file = '';
  for (const text of ['one  ', 'two  ', 'three', 'four ']) {
    file = logOf(text, logBytesMax);
    expect(rotateLog(file)).toBe(true);
  }
  expect(statSync(file).size).toBe(0);
  expect([1, 2, 3].map((i) => startOf(`${file}.${i}`).trim())).toEqual(['four', 'three', 'two']);
  expect(existsSync(`${file}.4`)).toBe(false);
});

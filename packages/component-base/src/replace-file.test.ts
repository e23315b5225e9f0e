import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { replaceFile, replaceFileSync } from './replace-file.ts';

let dir: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'replace-')); });
afterEach(() => { rmSync(dir, { recursive: true }); });

test.each([['replaceFile', replaceFile], ['replaceFileSync', replaceFileSync]] as const)('%s: makes folders, sets modes, leaves nothing beside it', async (_name, replace) => {
  const file = path.join(dir, 'a/b/file');
  await replace(file, 'old', { mode: 0o644 });
  await replace(file, 'new', { mode: 0o600, dirMode: 0o700 });
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777, readdirSync(path.dirname(file))]).toEqual(['new', 0o600, ['file']]);
});

test.each([['replaceFile', replaceFile], ['replaceFileSync', replaceFileSync]] as const)('%s: what lies in the way beside it decides neither the mode nor the place', async (_name, replace) => {
  const [file, elsewhere] = [path.join(dir, 'key'), path.join(dir, 'elsewhere')];
  writeFileSync(`${file}.new`, 'half', { mode: 0o644 });
  await replace(file, 'secret', { mode: 0o600 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(elsewhere, 'untouched');
  symlinkSync(elsewhere, `${file}.new`);
  await replace(file, 'newer', { mode: 0o600 });
  expect([readFileSync(file, 'utf8'), readFileSync(elsewhere, 'utf8'), readdirSync(dir).toSorted()]).toEqual(['newer', 'untouched', ['elsewhere', 'key']]);
});

test('replaceFile: a file that cannot be replaced stays as it was', async () => {
  const file = path.join(dir, 'folder');
  await replaceFile(path.join(file, 'in-it'), 'x', { mode: 0o600 });
  await expect(replaceFile(file, 'text', { mode: 0o600 })).rejects.toThrow('EISDIR');
  expect(readdirSync(file)).toEqual(['in-it']);
});

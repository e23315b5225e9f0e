import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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

test('replaceFile: a file that cannot be replaced stays as it was', async () => {
  const file = path.join(dir, 'folder');
  await replaceFile(path.join(file, 'in-it'), 'x', { mode: 0o600 });
  await expect(replaceFile(file, 'text', { mode: 0o600 })).rejects.toThrow('EISDIR');
  expect(readdirSync(file)).toEqual(['in-it']);
});

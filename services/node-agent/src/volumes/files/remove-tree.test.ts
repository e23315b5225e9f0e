import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from './remove-tree.ts';

let base: string;
beforeEach(() => { base = mkdtempSync(path.join(tmpdir(), 'remove-')); });
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

test('removeTree removes links, not what they lead to', async () => {
  mkdirSync(path.join(base, 'kept'));
  writeFileSync(path.join(base, 'kept/file'), '');
  mkdirSync(path.join(base, 'tree/deep'), { recursive: true });
  for (const [target, link] of [['../../kept', 'deep/dir'], ['../kept/file', 'file'], ['/nowhere', 'dangling']]) symlinkSync(target ?? '', path.join(base, 'tree', link ?? ''));
  await removeTree(path.join(base, 'tree'));
  expect([existsSync(path.join(base, 'tree')), existsSync(path.join(base, 'kept/file'))]).toEqual([false, true]);
});

test('removeTree takes what is not there, a link and a file for what they are', async () => {
  mkdirSync(path.join(base, 'kept'));
  writeFileSync(path.join(base, 'file'), '');
  symlinkSync('kept', path.join(base, 'link'));
  for (const name of ['gone', 'file', 'link']) await removeTree(path.join(base, name));
  expect(['file', 'link', 'kept'].map((name) => existsSync(path.join(base, name)))).toEqual([false, false, true]);
});

test('removeTree gets to the bottom of a tree deeper than there are descriptors', async () => {
  const tree = path.join(base, 'tree');
  mkdirSync(tree);
  for (let depth = 0; depth < 2000; depth++) { // from the bottom up: no path of that length can be named
    const outer = path.join(base, 'outer');
    mkdirSync(outer);
    renameSync(tree, path.join(outer, 'd'));
    renameSync(outer, tree);
  }
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
}, 30_000);

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalPathInUse, LocalPaths } from './local-paths.ts';
import { createFakeMounter } from './mounter.ts';

const NAME = 'pvc-0f6b2c1e-8a4d-4a53-9a0e-3f1f7d5c2b90';
const UNUSED = (): boolean => false;

let base: string;
let root: string;
beforeEach(() => { base = mkdtempSync(path.join(tmpdir(), 'local-paths-')); root = path.join(base, 'volumes'); });
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

function paths(mounter = createFakeMounter()): LocalPaths { return new LocalPaths({ root, mounter }); }

test('a volume\'s directory is made once, for any user to write', async () => {
  const dir = path.join(root, NAME);
  await paths().prepare(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o777);
  writeFileSync(path.join(dir, 'data'), 'x');
  await paths().prepare(dir);
  expect(existsSync(path.join(dir, 'data'))).toBe(true);
});

test('it is deleted with what is in it, and what links in it lead to is left alone', async () => {
  const [dir, outside] = [path.join(root, NAME), path.join(base, 'outside')];
  mkdirSync(path.join(dir, 'deep'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'kept'), 'x');
  symlinkSync(outside, path.join(dir, 'deep', 'link'));
  await paths().remove(NAME, UNUSED);
  await paths().remove(NAME, UNUSED); // gone counts as deleted
  expect([existsSync(dir), existsSync(path.join(outside, 'kept'))]).toEqual([false, true]);
});

test('a link in its place is not followed', async () => {
  const outside = path.join(base, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  symlinkSync(outside, path.join(root, NAME));
  await paths().remove(NAME, UNUSED);
  expect(existsSync(outside)).toBe(true);
});

test.each(['', '.', '..', '../outside', `../${NAME}`, `${NAME}/..`, `${NAME}/`, 'pvc-1', 'etc', `${NAME}\0`, NAME.toUpperCase()])('no other name is deleted: %j', async (name) => {
  mkdirSync(path.join(root, NAME), { recursive: true });
  await expect(paths().remove(name, UNUSED)).rejects.toThrow(RangeError);
  expect(existsSync(path.join(root, NAME))).toBe(true);
});

test('what pods use or something is mounted in stays', async () => {
  const dir = path.join(root, NAME);
  mkdirSync(dir, { recursive: true });
  await expect(paths().remove(NAME, (used) => used === dir)).rejects.toThrow(LocalPathInUse);
  const mounter = createFakeMounter();
  await mounter.mount({ source: 'tmpfs', target: path.join(dir, 'mount'), type: 'tmpfs', options: [] });
  await expect(paths(mounter).remove(NAME, UNUSED)).rejects.toThrow('something is mounted in volume');
  expect(existsSync(dir)).toBe(true);
});

test.each([[true, NAME], [false, `${NAME}/deeper`], [false, 'other'], [false, '../x']])('owns: %s for %j', (expected, below) => {
  expect(paths().owns(path.join(root, below))).toBe(expected);
});

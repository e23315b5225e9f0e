import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Payload, writeAtomically } from './atomic-writer.ts';

let dir: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'atomic-')); });
afterEach(() => { rmSync(dir, { recursive: true }); });

const payload = (files: Record<string, string>, mode = 0o644): Payload => new Map(Object.entries(files).map(([name, text]) => [name, { data: Buffer.from(text), mode }]));
const visible = (): string[] => readdirSync(dir).filter((name) => !name.startsWith('..')).sort();

test('writeAtomically: files are links through ..data, in the version they were written', async () => {
  expect(await writeAtomically(dir, payload({ a: '1', 'sub/b': '2' }, 0o400), { nowMs: 1000 })).toBe(true);
  expect(visible()).toEqual(['a', 'sub']);
  expect([readFileSync(path.join(dir, 'a'), 'utf8'), readFileSync(path.join(dir, 'sub/b'), 'utf8')]).toEqual(['1', '2']);
  expect([readlinkSync(path.join(dir, 'a')), readlinkSync(path.join(dir, '..data'))]).toEqual(['..data/a', '..1970_01_01_00_00_01.000']);
  expect(statSync(path.join(dir, 'a')).mode & 0o777).toBe(0o400);
});

test('writeAtomically: the same content is not written again', async () => {
  await writeAtomically(dir, payload({ a: '1' }), { nowMs: 1000 });
  expect(await writeAtomically(dir, payload({ a: '1' }), { nowMs: 2000 })).toBe(false);
  expect(readlinkSync(path.join(dir, '..data'))).toBe('..1970_01_01_00_00_01.000');
});

test('writeAtomically: another content replaces all of it and leaves no old version', async () => {
  await writeAtomically(dir, payload({ a: '1', b: '1' }), { nowMs: 1000 });
  expect(await writeAtomically(dir, payload({ a: '2', c: '2' }), { nowMs: 1000 })).toBe(true);
  expect(visible()).toEqual(['a', 'c']);
  expect(readFileSync(path.join(dir, 'a'), 'utf8')).toBe('2');
  expect(readdirSync(dir).filter((name) => name.startsWith('..'))).toHaveLength(2);
});

test('writeAtomically: another mode counts as a change', async () => {
  await writeAtomically(dir, payload({ a: '1' }, 0o644), { nowMs: 1000 });
  expect(await writeAtomically(dir, payload({ a: '1' }, 0o600), { nowMs: 2000 })).toBe(true);
});

test.each([
  ['', 'must not be empty: ""'], ['/abs', 'must be relative path: /abs'], ['a/../../b', "must not contain '..': a/../../b"], ['..data', "must not start with '..': ..data"],
  ['x'.repeat(256), 'filenames must be less than or equal to 255 characters'],
])('writeAtomically: nothing is written for the path %j', async (name, why) => {
  await expect(writeAtomically(dir, payload({ good: '1', [name]: '2' }), { nowMs: 1000 })).rejects.toThrow(`invalid path: ${why}`);
  expect(readdirSync(dir)).toEqual([]);
});

test('writeAtomically: a file that is replaced by a directory of its name', async () => {
  await writeAtomically(dir, payload({ a: '1' }), { nowMs: 1000 });
  await writeAtomically(dir, payload({ 'a/b': '2' }), { nowMs: 2000 });
  expect(readFileSync(path.join(dir, 'a/b'), 'utf8')).toBe('2');
});

(process.getuid?.() === 0 ? test : test.skip)('writeAtomically: the group may read, and the same content is still the same', async () => {
  await writeAtomically(dir, payload({ a: '1' }, 0o400), { nowMs: 1000, gid: 4321 });
  expect(statSync(path.join(dir, 'a'))).toMatchObject({ gid: 4321, mode: 0o100440 });
  expect(await writeAtomically(dir, payload({ a: '1' }, 0o400), { nowMs: 2000, gid: 4321 })).toBe(false);
});

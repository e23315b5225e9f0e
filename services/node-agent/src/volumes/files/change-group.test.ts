import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changeGroup } from './change-group.ts';

const GID = 4321;
const isRoot = process.getuid?.() === 0;
let base: string;
let volume: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'group-'));
  volume = path.join(base, 'volume');
  mkdirSync(path.join(volume, 'dir'), { recursive: true, mode: 0o755 });
  for (const [file, mode] of [['dir/private', 0o600], ['script', 0o755], ['../host', 0o600]] as const) {
    writeFileSync(path.join(volume, file), '');
    chmodSync(path.join(volume, file), mode);
  }
  symlinkSync('../host', path.join(volume, 'link'));
});
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

const shown = (...names: string[]): string[] => names.map((name) => { const stats = lstatSync(path.join(volume, name)); return `${name} ${(stats.mode & 0o7777).toString(8)} ${stats.gid}`; });

(isRoot ? test : test.skip)('changeGroup gives files and directories to the group, and nothing that a link leads to', async () => {
  await changeGroup(volume, { gid: GID, readOnly: false });
  expect(shown('.', 'dir', 'dir/private', 'script')).toEqual([`. 2775 ${GID}`, `dir 2775 ${GID}`, `dir/private 660 ${GID}`, `script 775 ${GID}`]);
  expect(lstatSync(path.join(volume, 'link')).gid).toBe(GID);
  expect(statSync(path.join(base, 'host'))).toMatchObject({ mode: 0o100600, gid: 0 });
});

(isRoot ? test : test.skip)('changeGroup of a read-only volume lets the group read', async () => {
  await changeGroup(volume, { gid: GID, readOnly: true });
  expect(shown('dir/private', 'dir')).toEqual([`dir/private 640 ${GID}`, `dir 2755 ${GID}`]);
});

(isRoot ? test : test.skip)('changeGroup with OnRootMismatch leaves all as it is where the root is right', async () => {
  await changeGroup(volume, { gid: GID, readOnly: false });
  chmodSync(path.join(volume, 'dir/private'), 0o600);
  await changeGroup(volume, { gid: GID, readOnly: false, policy: 'OnRootMismatch' });
  expect(shown('dir/private')).toEqual([`dir/private 600 ${GID}`]);
  chmodSync(volume, 0o775); // the set-group-id bit is gone
  await changeGroup(volume, { gid: GID, readOnly: false, policy: 'OnRootMismatch' });
  expect(shown('dir/private')).toEqual([`dir/private 660 ${GID}`]);
});

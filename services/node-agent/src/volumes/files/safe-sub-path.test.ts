import { spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { openSubPath } from './safe-sub-path.ts';

let base: string;
let volume: string;
let outside: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'sub-path-'));
  [volume, outside] = [path.join(base, 'volume'), path.join(base, 'outside')];
  mkdirSync(path.join(volume, 'dir'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'host-file'), 'of the host');
});
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

/** The file that was opened, below the test's directory; or the fault. */
async function opened(subPath: string): Promise<string> {
  try {
    using part = await openSubPath(volume, subPath);
    const same = readdirSync(base, { recursive: true, encoding: 'utf8' }).find((name) => lstatSync(path.join(base, name)).ino === part.stats.ino);
    return same ?? 'something else';
  } catch (error) { return errorMessage(error).replaceAll(base, 'BASE'); }
}

test.each([
  ['dir', 'volume/dir'], ['./dir/', 'volume/dir'], ['dir//.', 'volume/dir'], ['.', 'volume'], ['new/deep', 'volume/new/deep'],
])('openSubPath: %j is %s', async (subPath, expected) => {
  expect(await opened(subPath)).toBe(expected);
});

test('openSubPath: what it makes has the volume\'s mode, of which the usual umask would take rights', async () => {
  chmodSync(volume, 0o2777);
  await opened('a/b');
  expect([statSync(path.join(volume, 'a')).mode & 0o7777, statSync(path.join(volume, 'a/b')).mode & 0o7777]).toEqual([0o2777, 0o2777]);
});

test('openSubPath: a link inside the volume is followed', async () => {
  symlinkSync('dir', path.join(volume, 'link'));
  expect(await opened('link')).toBe('volume/dir');
});

test.each<[string, () => void, string, string]>([
  ['an absolute link', () => symlinkSync(outside, path.join(volume, 'l')), 'l', 'subpath "BASE/outside" not within volume path "BASE/volume"'],
  ['a relative link', () => symlinkSync('../outside', path.join(volume, 'l')), 'l', 'subpath "BASE/outside" not within volume path "BASE/volume"'],
  ['a link on the way', () => symlinkSync(outside, path.join(volume, 'l')), 'l/host-file', 'subpath "BASE/outside/host-file" not within volume path "BASE/volume"'],
  ['a link on the way to something new', () => symlinkSync(outside, path.join(volume, 'l')), 'l/new', 'subpath "BASE/outside" not within volume path "BASE/volume"'],
  ['a link to nowhere', () => symlinkSync('/nowhere/at/all', path.join(volume, 'l')), 'l', 'unexpected symlink found: "l"'],
  ['a link to itself', () => symlinkSync('l', path.join(volume, 'l')), 'l', 'ELOOP: too many symbolic links encountered, realpath \'BASE/volume/l\''],
  ['a sibling with the same beginning', () => { mkdirSync(`${volume}-more`); symlinkSync(`${volume}-more`, path.join(volume, 'l')); }, 'l', 'subpath "BASE/volume-more" not within volume path "BASE/volume"'],
  ['steps back', () => undefined, 'dir/../../outside', 'subpath "dir/../../outside" has components that are no names'],
  ['a zero byte', () => undefined, 'dir\0x', 'subpath "dir\0x" has components that are no names'],
  ['the way through a file', () => writeFileSync(path.join(volume, 'f'), ''), 'f/x', 'ENOTDIR: not a directory, realpath \'BASE/volume/f/x\''],
])('openSubPath: %s leads nowhere', async (_title, prepare, subPath, expected) => {
  prepare();
  expect(await opened(subPath)).toBe(expected);
  expect(readdirSync(outside)).toEqual(['host-file']);
});

/** Swaps `race` between a directory and a link out of the volume until it is killed. */
const ATTACKER = `
  const fs = require('node:fs'); const [volume, outside] = process.argv.slice(1);
  fs.mkdirSync(volume + '/real/inner', { recursive: true }); fs.symlinkSync(outside, volume + '/evil');
  process.stdout.write('ready');
  for (;;) { try { fs.renameSync(volume + '/real', volume + '/race'); fs.renameSync(volume + '/race', volume + '/real'); fs.renameSync(volume + '/evil', volume + '/race'); fs.renameSync(volume + '/race', volume + '/evil'); } catch {} }`;

test('openSubPath: one who swaps a directory for a link meanwhile gets nothing of the host', async () => {
  mkdirSync(path.join(outside, 'inner'));
  const hostInodes = new Set([outside, path.join(outside, 'inner')].map((dir) => statSync(dir).ino));
  const attacker = spawn(process.execPath, ['-e', ATTACKER, volume, outside], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await new Promise((resolve) => { attacker.stdout.once('data', resolve); });
    let got = 0;
    for (let attempt = 0; attempt < 1000; attempt++) {
      for (const subPath of ['race', 'race/inner', 'race/new']) {
        try {
          using part = await openSubPath(volume, subPath);
          got++;
          expect(hostInodes.has(part.stats.ino)).toBe(false);
        } catch (error) { if (error instanceof Error && 'matcherResult' in error) throw error; } // refused: as good
      }
    }
    expect(got).toBeGreaterThan(0);
    expect(existsSync(path.join(outside, 'new'))).toBe(false);
  } finally {
    attacker.kill('SIGKILL');
    await new Promise((resolve) => { attacker.once('exit', resolve); });
  }
}, 60_000);

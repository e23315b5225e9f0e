import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@kubernode/component-base';
import { removeOrphanedDirectories } from './orphaned-directories.ts';

let dir: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'orphans-')); });
afterEach(() => { rmSync(dir, { recursive: true, force: true }); });

test('removeOrphanedDirectories: folders and logs of unknown pods, and links to logs that are gone; nothing beyond a link', async () => {
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  for (const one of ['root/pods/known/volumes', 'root/pods/orphan/volumes/x', 'logs/ns_p_orphan/c', 'logs/ns_p_known/c', 'logs/not-a-pod', 'links', 'outside']) mkdirSync(at(one), { recursive: true });
  writeFileSync(at('outside/kept'), '');
  symlinkSync(at('outside'), at('root/pods/orphan/volumes/x/link'));
  symlinkSync(at('logs/ns_p_orphan/c/0.log'), at('links/dead.log'));
  symlinkSync(at('outside/kept'), at('links/live.log'));
  const unmounted: string[] = [];
  await removeOrphanedDirectories({ rootDir: at('root'), podLogsDir: at('logs'), containerLogsDir: at('links'), isKnown: (uid) => uid === 'known', unmountAll: (uid) => { unmounted.push(uid); return Promise.resolve(); }, logger: silentLogger });
  expect([readdirSync(at('root/pods')), readdirSync(at('logs')).sort(), readdirSync(at('links')), existsSync(at('outside/kept')), unmounted]).toEqual([['known'], ['not-a-pod', 'ns_p_known'], ['live.log'], true, ['orphan']]);
});

test('removeOrphanedDirectories: what still has mounts stays for another round', async () => {
  mkdirSync(path.join(dir, 'root/pods/orphan'), { recursive: true });
  await removeOrphanedDirectories({ rootDir: path.join(dir, 'root'), podLogsDir: path.join(dir, 'none'), containerLogsDir: '', isKnown: () => false, unmountAll: () => Promise.reject(new Error('busy')), logger: silentLogger });
  expect(readdirSync(path.join(dir, 'root/pods'))).toEqual(['orphan']);
});

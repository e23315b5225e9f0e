import { archiveName, parseArchiveName, planPrune, type StoredBackup } from './backup-folder.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);
const backup = (cluster: string, days: number): StoredBackup => ({ file: `${cluster}-${days}`, cluster, createdAt: NOW - days * DAY, revision: 1, bytes: 1, isEncrypted: false });

test('a name tells what it was made of', () => {
  const name = archiveName({ cluster: 'a-b', createdAt: '2026-11-22T01:02:03.456Z', revision: 42, isEncrypted: true });
  expect(name).toBe('kubernode-a-b-20261122T010203Z-r42.tar.gz.enc');
  expect(parseArchiveName(name)).toEqual({ cluster: 'a-b', createdAt: Date.UTC(2026, 10, 22, 1, 2, 3), revision: 42, isEncrypted: true });
});

test.each(['x.tar.gz', 'kubernode-a-20261122T010203Z-r42.tar.gz.broken', '.unfinished-1', 'kubernode-a-2026-r1.tar.gz'])('%s is no archive', (name) => { expect(parseArchiveName(name)).toBeUndefined(); });

test.each<[string, { keep: number; keepDays: number | undefined }, string[]]>([
  ['all but the newest two of each cluster', { keep: 2, keepDays: undefined }, ['a-3', 'a-9']],
  ['those that are too old, beyond the newest', { keep: 1, keepDays: 5 }, ['a-9']],
  ['none as long as enough are kept', { keep: 9, keepDays: 1 }, []],
  ['never the last, whatever is asked', { keep: 0, keepDays: 0 }, ['a-1', 'a-3', 'a-9']],
])('%s go', (_, retention, gone) => {
  const backups = [backup('a', 9), backup('b', 20), backup('a', 0), backup('a', 3), backup('a', 1)];
  expect(planPrune(backups, retention, NOW).map(({ file }) => file).sort()).toEqual(gone);
});

import type { WatchEntry, WatchLog } from './watch-log.ts';
import { checkWatches } from './watches.ts';

const list = (revision: number, items: Record<string, readonly [number, string]> = {}): WatchEntry => ({ kind: 'list', revision, items: new Map(Object.entries(items).map(([key, [at, value]]) => [key, { revision: at, value }])) });
const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', key: string, revision: number, value: string): WatchEntry => ({ kind: 'event', type, key, revision, value });
const log = (watcher: string, ...entries: readonly WatchEntry[]): WatchLog => ({ watcher, entries });

const writes = [{ key: 'a', revision: 11, value: 'v1' }, { key: 'a', revision: 13, value: 'v2' }, { key: 'b', revision: 14, value: 'v3' }];
const listed = new Map([['a', { revision: 13, value: 'v2' }], ['b', { revision: 14, value: 'v3' }]]);
const complete = [list(10), event('ADDED', 'a', 11, 'v1'), event('MODIFIED', 'a', 13, 'v2'), event('ADDED', 'b', 14, 'v3')];
const check = (...logs: readonly WatchLog[]): readonly string[] => checkWatches({ logs, writes, listed }).map(({ what }) => what);

test('checkWatches accepts watchers that saw everything, and one that had to list again', () => {
  expect(check(log('w', ...complete), log('again', list(10), event('ADDED', 'a', 11, 'v1'), list(13, { a: [13, 'v2'] }), event('ADDED', 'b', 14, 'v3')))).toEqual([]);
});

test.each<[string, readonly WatchEntry[], string]>([
  ['an event that is missing', [list(10), event('ADDED', 'a', 11, 'v1'), event('ADDED', 'b', 14, 'v3')], 'never saw the acknowledged write v2'],
  ['an event that came twice', [...complete.slice(0, 2), event('MODIFIED', 'a', 11, 'v1'), ...complete.slice(2)], 'saw revision 11 (MODIFIED a) after 11'],
  ['events in the wrong order', [list(10), event('ADDED', 'a', 13, 'v2'), event('MODIFIED', 'a', 11, 'v1'), event('ADDED', 'b', 14, 'v3')], 'saw revision 11 (MODIFIED a) after 13'],
  ['a deletion that nobody asked for', [...complete, event('DELETED', 'b', 15, 'v3')], 'holds nothing of b'],
  ['an object that is added twice', [list(10), event('ADDED', 'a', 11, 'v1'), event('ADDED', 'a', 13, 'v2'), event('ADDED', 'b', 14, 'v3')], 'saw ADDED of a at 13, which was there'],
  ['a wrong value', [list(10), event('ADDED', 'a', 11, 'v1'), event('MODIFIED', 'a', 13, 'vX'), event('ADDED', 'b', 14, 'v3')], 'saw vX of a at 13, where v2'],
  ['a list that goes back', [...complete, list(12, { a: [11, 'v1'] })], 'was given a list of revision 12 after 14'],
  ['a write that was acknowledged and is in no list', [list(14, { a: [13, 'v2'] })], 'holds nothing of b'],
])('checkWatches refuses %s', (_, entries, words) => {
  expect(check(log('w', ...entries)).join('\n')).toContain(words);
});

test('checkWatches refuses watchers that saw different things at a revision', () => {
  expect(check(log('w', ...complete), log('other', ...complete.slice(0, 2), event('MODIFIED', 'a', 12, 'v2'), event('MODIFIED', 'a', 13, 'v2'), event('ADDED', 'b', 14, 'v3')), log('third', ...complete.slice(0, 2), event('ADDED', 'c', 12, 'v2'), ...complete.slice(2))).join('\n')).toContain('at 12 other saw MODIFIED of a with v2, third ADDED of c');
});

test('checkWatches tells a handful of findings and counts the rest', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({ key: 'a', revision: 100 + i, value: `w${i}` }));
  const findings = checkWatches({ logs: [log('w', list(10), event('ADDED', 'a', 200, 'end'))], writes: many, listed: new Map([['a', { revision: 200, value: 'end' }]]) });
  expect(findings.map(({ what }) => what).at(-1)).toBe('and 35 more like these');
});

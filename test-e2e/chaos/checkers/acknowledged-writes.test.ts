import { checkSoleWriters, lostWrites } from './acknowledged-writes.ts';

const writes = [{ key: 'a', revision: 11, value: 'a:1' }, { key: 'a', revision: 12, value: 'a:2' }];

test('lostWrites are those that neither a watcher nor a list knows of', () => {
  const logs = [{ watcher: 'w', entries: [{ kind: 'list' as const, revision: 10, items: new Map() }, { kind: 'event' as const, type: 'ADDED' as const, key: 'a', revision: 11, value: 'a:1' }] }];
  expect(lostWrites({ writes, logs, listed: new Map() })).toEqual([writes[1]]);
  expect(lostWrites({ writes, logs, listed: new Map([['a', { revision: 12, value: 'a:2' }]]) })).toEqual([]);
});

test.each([['a:2', 0], ['a:3', 0], ['a:1', 1], ['a:4', 1]])('checkSoleWriters on an object that holds %s', (value, findings) => {
  expect(checkSoleWriters([{ key: 'a', lastTried: 3, lastAcknowledged: 2 }], new Map([['a', { revision: 9, value }]]))).toHaveLength(findings);
});

test('checkSoleWriters on an object that is gone', () => {
  expect(checkSoleWriters([{ key: 'a', lastTried: 3, lastAcknowledged: 2 }, { key: 'b', lastTried: 1, lastAcknowledged: 0 }], new Map())).toEqual([{ checker: 'acknowledged writes', what: 'a is gone; its write 2 was acknowledged' }]);
});

import { freshnessOfRead } from './list.ts';

test.each([
  ['', false, 'notOlderThan'], ['Exact', false, 'exact'], ['', true, 'exact'],
])('a list of one name at a version by match %j, continued: %s, is as new as %s', (resourceVersionMatch, continued, kind) => {
  expect(freshnessOfRead({ freshness: { kind: 'exact', revision: 7 }, resourceVersionMatch, continued })).toEqual({ kind, revision: 7 });
});

// docs/CONFORMANCE.md keeps its word: a row a statement, tests that exist, and a total that adds up.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const STATEMENTS = 446;
const text = readFileSync(path.join(root, 'docs/CONFORMANCE.md'), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| statement')).map((line) => line.slice(2, -2).split(/(?<!\\) \| /));

test('each statement has one row', () => {
  expect(rows.map((row) => row.length).filter((length) => length !== 3)).toEqual([]);
  expect(rows).toHaveLength(STATEMENTS);
});

test('the tests that are named exist', () => {
  const named = rows.flatMap(([, own = '']) => /^`(.*)`$/.exec(own)?.[1] ?? []);
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  expect(named.length).toBeGreaterThan(STATEMENTS * 0.95);
});

test('the total is that of the rows', () => {
  expect(text).toContain(`**${rows.filter(([, , verdict]) => verdict === 'holds').length} hold**`);
});

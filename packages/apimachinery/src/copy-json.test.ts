import { copyJson } from './copy-json.ts';

test.each([
  ['scalars', [null, true, 1.5, 'a']],
  ['objects in lists', [{ a: [{ b: 1 }] }, []]],
  ['fields that are undefined', { a: undefined }],
  ['a field named __proto__', JSON.parse('{"__proto__":{"polluted":true},"a":1}')],
])('copyJson copies %s', (_name, value) => {
  const copy = copyJson(value);
  expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
  expect(copy).toEqual(value);
});

test('copyJson shares nothing with what it was given', () => {
  const given = { metadata: { labels: { a: 'b' } }, list: [{ c: 1 }] };
  const copy = copyJson(given);
  copy.metadata.labels.a = 'changed';
  copy.list[0] = { c: 2 };
  expect(given).toEqual({ metadata: { labels: { a: 'b' } }, list: [{ c: 1 }] });
});

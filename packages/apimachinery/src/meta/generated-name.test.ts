import { seededRng } from '@kubernode/base';
import { fnv32a, generateName, newUid, safeEncode } from './generated-name.ts';

test('generateName cuts the base and adds five safe characters', () => {
  expect(generateName('web-', seededRng(1))).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  expect(generateName('x'.repeat(80), seededRng(1))).toHaveLength(63);
});

test('newUid is a version 4 UUID', () => {
  expect(newUid(seededRng(2))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test.each([['', 0x811c9dc5], ['a', 0xe40c292c], ['foobar', 0xbf9cf968]])('fnv32a(%j)', (text, hash) => {
  expect(fnv32a(text)).toBe(hash);
});

test('safeEncode maps digits into the safe alphabet', () => {
  expect(safeEncode('2035384211')).toBe('64797d8655');
});

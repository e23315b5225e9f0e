import { parseIndexes } from './index-ranges.ts';

describe('parseIndexes', () => {
  it.each([['', 0], ['1', 1], ['0-3', 4], ['0,2-4,7', 5]])('counts %j', (text, count) => expect(parseIndexes(text, 10)).toBe(count));

  it.each(['a', '3-1', '2,1', '10'])('refuses %j', (text) => expect(typeof parseIndexes(text, 10)).toBe('string'));
});

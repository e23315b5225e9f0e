import { unifiedDiff } from './unified-diff.ts';

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => expect(unifiedDiff('a\nb', 'a\nb')).toBe(''));

  it('shows three lines around a change', () => {
    expect(unifiedDiff('1\n2\n3\n4\n5\n6\n7\n8', '1\n2\n3\n4\nfive\n6\n7\n8')).toBe('@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n');
  });

  it('joins changes that are close and parts those that are not', () => {
    const lines = Array.from({ length: 30 }, (_, index) => String(index));
    const changed = lines.map((line) => (line === '5' || line === '9' || line === '25' ? 'x' : line));
    expect(unifiedDiff(lines.join('\n'), changed.join('\n')).split('\n').filter((line) => line.startsWith('@@'))).toEqual(['@@ -3,11 +3,11 @@', '@@ -23,7 +23,7 @@']);
  });

  it('tells what was added and removed', () => expect(unifiedDiff('a', 'a\nb')).toBe('@@ -1 +1,2 @@\n a\n+b\n'));

  it('stays affordable for huge differences', () => {
    const lines = (prefix: string): string => Array.from({ length: 5000 }, (_, index) => `${prefix}${index}`).join('\n');
    const diff = unifiedDiff(`same\n${lines('a')}`, `same\n${lines('b')}`);
    expect([diff.split('\n')[0], diff.split('\n').filter((line) => line.startsWith('-')).length]).toEqual(['@@ -1,5001 +1,5001 @@', 5000]);
  });
});

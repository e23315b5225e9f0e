import { formatWarnings } from './warnings.ts';

describe('formatWarnings', () => {
  it.each<[string, string[], string]>([
    ['quotes each', ['a "b"', 'c\\d'], '299 - "a \\"b\\"", 299 - "c\\\\d"'],
    ['says nothing twice', ['a', 'b', 'a'], '299 - "a", 299 - "b"'],
    ['leaves out what no header can hold', ['a\nb', 'c', ''], '299 - "c"'],
    ['sends UTF-8', ['é'], '299 - "\u00c3\u00a9"'],
    ['cuts what is too long', ['x'.repeat(5000), 'y'], `299 - "${'x'.repeat(256)}", 299 - "y"`],
  ])('%s', (_name, warnings, header) => {
    expect(formatWarnings(warnings)).toBe(header);
  });

  it('stops when the header is full', () => {
    const warnings = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(300, 'x'));
    expect(formatWarnings(warnings).match(/299 -/g)).toHaveLength(16); // 16 × 256 are 4096 characters
  });
});

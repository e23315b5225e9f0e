import fc from 'fast-check';
import { decodeYaml } from './decode-yaml.ts';
import { encodeYaml } from './encode-yaml.ts';

describe('decodeYaml', () => {
  test.each<[string, unknown]>([
    ['a: yes\nb: "yes"\nc: off\nd: y', { a: true, b: 'yes', c: false, d: true }],
    ['a: 010\nb: 0x1F\nc: 1_000\nd: 1e3\ne: -5\nf: 0o17\ng: .5', { a: 8, b: 31, c: 1000, d: 1000, e: -5, f: 15, g: 0.5 }],
    ['a: 2024-01-01\nb: 1:30\nc: 1.2.3\nd: 08\ne: v1\nf: 10Gi', { a: '2024-01-01', b: '1:30', c: '1.2.3', d: 8, e: 'v1', f: '10Gi' }],
    ['a: ~\nb:\nc: null', { a: null, b: null, c: null }],
    ['1: a\ntrue: b', { 1: 'a', true: 'b' }],
    ['a: 1\n---\na: 2', { a: 1 }], ['{"a": [1, "x"]}', { a: [1, 'x'] }], ['hello', 'hello'], ['', null],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }], ['a: &x {b: 1}\nc:\n  <<: *x\n  d: 2', { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ['a: |\n  two\n  lines\n', { a: 'two\nlines\n' }], ['a: !!str 5', { a: '5' }],
  ])('%j', (text, value) => {
    expect(decodeYaml(text).value).toEqual(value);
  });

  test('names keys that stand twice by their line', () => {
    expect(decodeYaml('metadata: {name: b}\ndata: {k: "1", k: "2"}\nextra: 1\n')).toEqual({ value: { metadata: { name: 'b' }, data: { k: '2' }, extra: 1 }, duplicates: ['line 2: key "k" already set in map'] });
  });

  test.each([
    ['kind: ConfigMap\nmetadata:\n\tname: c\n', 'yaml: line 3: found character that cannot start any token'],
    ['kind: ConfigMap\nmetadata: {name: c\n', "yaml: line 2: did not find expected ',' or '}'"],
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['x: 1\na: b: c', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: [', 'yaml: line 1: did not find expected node content'],
    ['a: [b', "yaml: line 1: did not find expected ',' or ']'"],
    ['a: @b', 'yaml: found character that cannot start any token'],
    ['}', 'yaml: did not find expected node content'],
    ['metadata:\n  name: a\n data:\n', 'yaml: line 2: did not find expected key'],
    ['a: {b: "c}\n', 'yaml: found unexpected end of stream'],
    ['a: "b\u0001"', 'yaml: control characters are not allowed'],
    ['a: &a [*a]', "yaml: anchor 'a' value contains itself"],
    ['? [a]\n: b', 'yaml: invalid map key: []interface {}'],
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
  ])('refuses %j', (text, message) => {
    expect(() => decodeYaml(text)).toThrow(message);
  });

  test('refuses nesting without end', () => {
    expect(() => decodeYaml(`x: ${'['.repeat(20_000)}`)).toThrow('yaml: exceeded max depth of 10000');
    expect(() => decodeYaml(`x: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).toThrow('yaml: exceeded max depth of 10000');
  });

  test.each<[string, (depth: number) => string]>([
    ['lists', (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`], ['maps', (depth) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`], ['dashes', (depth) => `${'- '.repeat(depth)}a`], ['keys', (depth) => `${'? '.repeat(depth)}a`],
    ['blocks', (depth) => Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('refuses %s in each other before anything recurses', (what, text) => {
    expect(() => decodeYaml(text(400))).toThrow('yaml: exceeded max depth of 10000');
    if (what !== 'keys') expect(() => decodeYaml(text(200))).not.toThrow(); // lists are no keys
  });

  test('refuses aliases of aliases of aliases', () => {
    const nested = (links: number): string => ['a0: &a0 [x]', ...Array.from({ length: links }, (_, i) => `a${i + 1}: &a${i + 1} ${'['.repeat(120)}*a${i}${']'.repeat(120)}`)].join('\n');
    expect(() => decodeYaml(nested(3))).toThrow('yaml: exceeded max depth of 10000');
    expect(() => decodeYaml(nested(2))).not.toThrow();
    expect(() => decodeYaml(nested(1_000))).toThrow('yaml: ');
  });

  test('reads the first document and no more', () => {
    expect(decodeYaml(`a: 1\n---\n${'- '.repeat(1000)}`).value).toEqual({ a: 1 });
    expect(decodeYaml('').value).toBeNull();
  });

  test('refuses what would keep others waiting', () => {
    expect(() => decodeYaml(`x: ${'['.repeat(3_000_000)}`)).toThrow('yaml: exceeded max depth of 10000');
    expect(() => decodeYaml(`x: [${'a,'.repeat(500_000)}]`)).toThrow('too many parts');
  }, 30_000);

  test('a text of nothing but faults is refused at once', () => {
    expect(() => decodeYaml(`a: ${'&a '.repeat(20_000)}`)).toThrow('yaml: ');
  });

  test('refuses aliases that multiply', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 8 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(',')}]`)].join('\n');
    expect(() => decodeYaml(bomb)).toThrow('yaml: document contains excessive aliasing');
  });
});

describe('encodeYaml', () => {
  test('writes as Kubernetes does', () => {
    const value = {
      kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', labels: {}, annotations: { yes: 'true', n: '5', empty: '', text: 'one\ntwo\n', cut: 'a\nb', colon: 'a: b', hash: 'a #b', star: '*x', dash: '- x', url: 'http://x:80/', tab: 'a\tb', date: '2024-01-01T00:00:00Z', time: '1:30' } },
      spec: { containers: [{ name: 'c', args: ['-x', '--', '[a]'], ports: [] }], replicas: 3, flag: false, none: null, a10: 1, a2: 1, nested: [[1, 2]] },
    };
    expect(encodeYaml(value)).toBe(`apiVersion: v1
kind: Pod
metadata:
  annotations:
    colon: 'a: b'
    cut: |-
      a
      b
    dash: '- x'
    date: "2024-01-01T00:00:00Z"
    empty: ""
    hash: 'a #b'
    "n": "5"
    star: '*x'
    tab: "a\\tb"
    text: |
      one
      two
    time: "1:30"
    url: http://x:80/
    "yes": "true"
  labels: {}
  name: a
spec:
  a2: 1
  a10: 1
  containers:
  - args:
    - -x
    - --
    - '[a]'
    name: c
    ports: []
  flag: false
  nested:
  - - 1
    - 2
  none: null
  replicas: 3
`);
  });

  test.each([
    ['plain text at the first space beyond the width', { a: { b: `${'word '.repeat(17)}end` } }, `a:
  b: word word word word word word word word word word word word word word word word
    word end
`],
    ['quoted text where quotes count, too', { message: `: ${'1234567 9 '.repeat(9)}x` }, `message: ': 1234567 9 1234567 9 1234567 9 1234567 9 1234567 9 1234567 9 1234567 9
  1234567 9 1234567 9 x'
`],
    ['double quotes at several spaces', { tab: `\t${'x'.repeat(80)}  y  z` }, `tab: "\\t${'x'.repeat(80)}
  \\ y  z"
`],
    ['never one long word', [`${'x'.repeat(100)} y`, 'z'.repeat(100)], `- ${'x'.repeat(100)}
  y
- ${'z'.repeat(100)}
`],
  ])('folds %s', (_name, value, text) => {
    expect(encodeYaml(value)).toBe(text);
    expect(decodeYaml(text).value).toEqual(value);
  });

  test('is read back as the same value', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'bc', ' ', '  ', "'", ': ', '\t', '"', 'word word'), { minLength: 30, maxLength: 60 }), (parts) => {
      expect(decodeYaml(encodeYaml({ text: parts.join('') })).value).toEqual({ text: parts.join('') });
    }), { numRuns: 50 });
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as unknown;
      expect(decodeYaml(encodeYaml(json)).value).toEqual(json);
    }), { numRuns: 300 });
  });
});

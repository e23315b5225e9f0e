import { gzipSync } from 'node:zlib';
import { chartFromArchive, chartFromFiles } from './load-chart.ts';
import { parseIgnoreRules } from './helm-ignore.ts';

const metadata = 'apiVersion: v2\nname: c\nversion: 1.0.0\nappVersion: 1.10\n';
const file = (name: string, text: string) => ({ name, data: Buffer.from(text) });

function tar(entries: readonly (readonly [name: string, text: string, type?: string])[]): Buffer {
  const blocks = entries.flatMap(([name, text, type = '0']) => {
    const header = Buffer.alloc(512);
    header.write(name, 0); header.write('0000644', 100); header.write(text.length.toString(8).padStart(11, '0'), 124); header.write(type, 156); header.write('ustar', 257);
    return [header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

test('an archive is the chart in its one folder, with those in charts/', () => {
  const chart = chartFromArchive(tar([['c/Chart.yaml', metadata], ['c/values.yaml', 'a: 1'], ['c/templates/a.yaml', 'x'], ['c/README.md', 'r'], ['c/link', '', '2'], ['c/charts/d/Chart.yaml', 'name: d\nversion: 0.1.0'], ['c/charts/d/templates/b.yaml', 'y'], ['c/charts/_x/Chart.yaml', '']]));
  expect([chart.metadata, [...chart.values], chart.templates.map(({ name }) => name), chart.files.map(({ name }) => name), chart.dependencies.map(({ metadata: { name, apiVersion } }) => [name, apiVersion])])
    .toEqual([{ apiVersion: 'v2', name: 'c', version: '1.0.0', appVersion: '1.1' }, [['a', 1]], ['templates/a.yaml'], ['README.md'], [['d', 'v1']]]);
});

test.each([
  [[['c/../../etc/passwd', 'x']], 'chart illegally references parent directory'],
  [[['Chart.yaml', metadata]], 'chart yaml not in base directory'],
  [[['c//etc/passwd', 'x']], 'chart illegally contains absolute paths'],
  [[['c/Chart.yaml', 'name: ../x\nversion: 1.0.0\napiVersion: v2']], 'is invalid'],
  [[['c/Chart.yaml', 'name: x\nversion: one\napiVersion: v2']], 'chart.metadata.version "one" is invalid'],
  [[['c/values.yaml', '']], 'Chart.yaml file is missing'],
] as [[string, string][], string][])('an archive with %j is refused', (entries, message) => { expect(() => chartFromArchive(tar(entries))).toThrow(message); });

test('an archive that unpacks to too much, or is none, is refused', () => {
  expect(() => chartFromArchive(gzipSync(Buffer.alloc(101 * 1024 * 1024)))).toThrow('larger than the maximum');
  expect(() => chartFromArchive(Buffer.from('no gzip'))).toThrow('no gzip file');
});

test('a dependency is as its file says: values that are no map are refused by name', () => {
  expect(() => chartFromFiles([file('Chart.yaml', metadata), file('charts/d/Chart.yaml', 'name: d\nversion: 1.0.0'), file('charts/d/values.yaml', '[]')])).toThrow('error unpacking subchart d in c: cannot load values.yaml: want a map of values');
});

test.each<[string, string, boolean, boolean]>([
  ['*.bak', 'a/b.bak', false, true], ['*.bak', 'a.txt', false, false], ['/x', 'x', false, true], ['/x', 'a/x', false, false], ['dir/', 'dir', true, true], ['dir/', 'dir', false, false],
  ['a/*.txt', 'a/b.txt', false, true], ['a/*.txt', 'c/a/b.txt', false, false], ['# c', '# c', false, false], ['', 'templates/.hidden', false, true], ['a?c', 'abc', false, true],
])('.helmignore %j and %s', (rules, path, isDirectory, expected) => { expect(parseIgnoreRules(rules)(path, isDirectory)).toBe(expected); });

import type { Metafile } from 'esbuild';
import { lateCommonJs } from './late-commonjs.ts';

const input = (format: 'cjs' | 'esm', imports: readonly [string, 'dynamic-import' | 'import-statement'][] = []): Metafile['inputs'][string] => ({ bytes: 1, format, imports: imports.map(([path, kind]) => ({ path, kind })) });

test('lateCommonJs names modules that lose their names: CommonJS, imported late, by our own modules', () => {
  const inputs = {
    'packages/a/src/a.ts': input('esm', [['node_modules/c/c.js', 'dynamic-import'], ['node_modules/e/e.js', 'dynamic-import'], ['node_modules/reflect-metadata/Reflect.js', 'dynamic-import']]),
    'packages/a/src/b.ts': input('esm', [['node_modules/c/c.js', 'import-statement']]),
    'node_modules/e/e.js': input('esm', [['node_modules/c/c.js', 'dynamic-import']]),
    'node_modules/c/c.js': input('cjs'), 'node_modules/reflect-metadata/Reflect.js': input('cjs'),
  };
  expect(lateCommonJs({ inputs })).toEqual(['packages/a/src/a.ts imports node_modules/c/c.js']);
});

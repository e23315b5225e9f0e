// TypeScript to ES modules for jest, by the bundler and the rewriter of the product's build, so that tests and product are made alike.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { transformSync } = require('esbuild');

const rewriter = new Module('shared-shapes');
rewriter._compile(transformSync(readFileSync(path.join(__dirname, 'build/shared-shapes.ts'), 'utf8'), { loader: 'ts', format: 'cjs' }).code, 'shared-shapes.cjs');
const { nothingToSpread, shareShapes } = rewriter.exports;

exports.process = (source, file) => {
  const rewritten = file.endsWith('.test.ts') ? source : shareShapes(source);
  const { code, map } = transformSync(rewritten, { loader: 'ts', format: 'esm', target: 'node20.10', sourcemap: 'external', sourcefile: file });
  return { code: `${code}${nothingToSpread}`, map };
};

// TypeScript to ES modules for jest, by the bundler that builds the product, so that tests and product are made alike.
const { transformSync } = require('esbuild');

exports.process = (source, file) => {
  const { code, map } = transformSync(source, { loader: 'ts', format: 'esm', target: 'node20.10', sourcemap: 'external', sourcefile: file });
  return { code, map };
};

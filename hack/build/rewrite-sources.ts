import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Bundles this repository's modules as the rewriters make them, one after the other; line numbers must stay for source maps. */
export function rewriteSources(rewriters: readonly ((source: string) => string)[]): Plugin {
  return {
    name: 'rewrite-sources',
    setup(build) {
      build.onLoad({ filter: /\/(packages|services)\/[^/]+\/src\/.*\.ts$/ }, async ({ path: file }) => {
        const source = await readFile(file, 'utf8');
        return { loader: 'ts', contents: rewriters.reduce((text, rewriter) => rewriter(text), source) };
      });
    },
  };
}

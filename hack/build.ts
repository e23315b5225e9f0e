// `npm run build`: type-checks, then bundles the kubernode command into dist/ and writes its launcher bin/kubernode.
// usage: tsx hack/build.ts [--no-check]
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { memoryOptions } from '../services/cli/src/cluster/memory-options.ts';
import { directImports } from './build/direct-imports.ts';
import { lateCommonJs } from './build/late-commonjs.ts';
import { rewriteSources } from './build/rewrite-sources.ts';
import { nothingToSpread, shareShapes } from './build/shared-shapes.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const beside = path.join(root, 'dist.new'); // a build that fails leaves the last one in place

if (!process.argv.includes('--no-check')) {
  const check = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', root], { stdio: 'inherit' });
  if (check.status !== 0) process.exit(check.status ?? 1);
}

rmSync(beside, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  metafile: true,
  entryPoints: [path.join(root, 'services/kubernode/src/main.ts')],
  outdir: beside,
  bundle: true,
  splitting: true, // a process loads the code of its own service only
  platform: 'node',
  target: 'node20',
  format: 'esm',
  conditions: ['source', 'module'],
  mainFields: ['module', 'main'],
  sourcemap: 'linked',
  sourcesContent: false, // the sources lie beside dist/
  minifySyntax: true,
  minifyWhitespace: true, // V8 keeps the text of all it has loaded; names stay
  alias: { 'body-parser': path.join(root, 'hack/build/no-body-parser.cjs'), 'mime-db': path.join(root, 'hack/build/few-media-types.cjs') },
  plugins: [rewriteSources([directImports(root), shareShapes])],
  logLevel: 'warning',
  // CommonJS dependencies call require; ES modules have none of their own.
  banner: { js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);${nothingToSpread}` },
  outExtension: { '.js': '.mjs' },
});
const late = lateCommonJs(metafile);
if (late.length > 0) throw new Error(`CommonJS modules have no names when they are imported late:\n${late.join('\n')}`);
cpSync(path.join(root, 'proto'), path.join(beside, 'proto'), { recursive: true });
cpSync(path.join(root, 'services/apiserver/src/openapi/descriptions'), path.join(beside, 'descriptions'), { recursive: true });
rmSync(dist, { recursive: true, force: true });
renameSync(beside, dist);

mkdirSync(path.join(root, 'bin'), { recursive: true });
const launcher = path.join(root, 'bin/kubernode');
writeFileSync(launcher, `#!/bin/sh
# Starts the bundle beside it, also through a link. API servers and controller managers have options for memory of their own.
# Young generations that small are collected faster by one thread than by several that must agree; and most of what a process spends on its
# first ten thousand requests is V8's optimizing compiler, which less inlining makes a third cheaper (docs/PERFORMANCE.md).
# One arena: glibc's several keep what was freed, which is a third of an API server's memory after a burst. Large pieces are given back as soon as they are
# freed: left to itself glibc takes them from its heap once it has seen some, where they leave holes (a fifth of a controller manager's memory in a soak).
# NODE_OPTIONS=--enable-source-maps shows TypeScript's lines in stack traces, for 18 MB a process.
export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072
self=$(readlink -f "$0")
case "$1" in
  apiserver) memory='${memoryOptions.apiserver.join(' ')}' ;;
  controller-manager) memory='${memoryOptions['controller-manager'].join(' ')}' ;;
  *) memory='${memoryOptions.others.join(' ')}' ;;
esac
node=$(dirname "$self")/node # in a bundle; else the host's
[ -x "$node" ] || node=node
exec "$node" $memory --no-parallel-scavenge --max-inlined-bytecode-size-cumulative=300 "$(dirname "$self")/../dist/main.mjs" "$@"
`);
chmodSync(launcher, 0o755);

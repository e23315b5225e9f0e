import type { Metafile } from 'esbuild';

/** Imported for their default export, or for what they do to the global object: they have no names to lose. */
const WITHOUT_NAMES = /\/(ajv|reflect-metadata)\//;

/**
 * CommonJS modules that our own modules import while the program runs: bundled, they have a default export and none of their names, which no test
 * from source can see. A module of ours that passes the names on, imported instead, keeps them.
 */
export function lateCommonJs({ inputs }: Pick<Metafile, 'inputs'>): string[] {
  return Object.entries(inputs).flatMap(([from, { imports }]) => (/^(packages|services)\//.test(from)
    ? imports.filter(({ kind, path }) => kind === 'dynamic-import' && inputs[path]?.format === 'cjs' && !WITHOUT_NAMES.test(path)).map(({ path }) => `${from} imports ${path}`)
    : []));
}

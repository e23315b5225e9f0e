import { ChartError } from './chart-error.ts';
import { shellPattern } from './file-pattern.ts';

/** Says of a path of a chart's folder, with slashes, whether it is left out. */
export type IgnoreRules = (path: string, isDirectory: boolean) => boolean;

interface Rule { matches(path: string): boolean; negate: boolean; mustBeDirectory: boolean }

/** The rules of a .helmignore file; hidden files of templates/ are always left out. Throws ChartError. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = [...text.replace(/^\ufeff/, '').split('\n'), 'templates/.?*'].flatMap((line) => parseRule(line.trim()) ?? []);
  return (path, isDirectory) => {
    for (const { matches, negate, mustBeDirectory } of rules) {
      if (negate) {
        if ((mustBeDirectory && !isDirectory) || !matches(path)) return true; // what a `!` rule does not match is left out
      } else if (!(mustBeDirectory && !isDirectory) && matches(path)) return true;
    }
    return false;
  };
}

function parseRule(line: string): Rule | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  if (line.includes('**')) throw new ChartError('.helmignore: double-star (**) syntax is not supported');
  const negate = line.startsWith('!');
  const body = negate ? line.slice(1) : line;
  const mustBeDirectory = body.endsWith('/');
  const glob = mustBeDirectory ? body.slice(0, -1) : body;
  const pattern = shellPattern(glob.replace(/^\//, ''));
  if (pattern === undefined) throw new ChartError(`.helmignore: syntax error in pattern: ${line}`);
  const wholePath = glob.includes('/');
  return { negate, mustBeDirectory, matches: (path) => pattern.test(wholePath ? path : path.slice(path.lastIndexOf('/') + 1)) };
}

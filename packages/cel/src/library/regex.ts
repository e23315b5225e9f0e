import { regexCost } from '../cost/units.ts';
import { ArrayList } from '../values/list.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import { int, listOf, member, string, type FunctionEntry } from './define.ts';
import { compileRegex } from './regex-cache.ts';

const cost = ([text, pattern]: readonly Value[]): number => regexCost(text, pattern);

/** `find` and `findAll`. */
export const regex: readonly FunctionEntry[] = [
  ['find', [member('string_find_string', [string, string], string, find, cost)]],
  ['findAll', [
    member('string_find_all_string', [string, string], listOf(string), (text, pattern) => findAll(text, pattern, -1n), cost),
    member('string_find_all_string_int', [string, string, int], listOf(string), findAll, cost),
  ]],
];

/** Whether a pattern occurs anywhere in a text. */
export function matchesRegex(text: string, pattern: string): Result {
  const compiled = compileRegex(pattern);
  return typeof compiled === 'string' ? new CelError(compiled) : compiled.matcher(text).find();
}

function find(text: string, pattern: string): Result {
  const compiled = compileRegex(pattern);
  if (typeof compiled === 'string') return new CelError(`Illegal regex: ${compiled}`);
  const matcher = compiled.matcher(text);
  return matcher.find() ? matcher.group() ?? '' : '';
}

function findAll(text: string, pattern: string, most: bigint): Result {
  const compiled = compileRegex(pattern);
  if (typeof compiled === 'string') return new CelError(`Illegal regex: ${compiled}`);
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  while ((most < 0n || found.length < most) && matcher.find()) found.push(matcher.group() ?? '');
  return new ArrayList(found);
}

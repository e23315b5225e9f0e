import { RE2JS, RE2JSException } from 're2js';
import { stringList, type Value } from '../values/value.ts';
import { define, type FunctionTable, type GoFunction } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';

/** Patterns of one rendering that are kept compiled. */
const CACHED_MAX = 256;
const cache = new Map<string, RE2JS>();

const byName: Readonly<Record<string, GoFunction>> = {
  regexMatch: define(['string', 'string'], (pattern, text) => compile(pattern).matcher(text).find()),
  regexFind: define(['string', 'string'], (pattern, text) => {
    const matcher = compile(pattern).matcher(text);
    return matcher.find() ? matcher.group() ?? '' : '';
  }),
  regexFindAll: define(['string', 'string', 'int'], (pattern, text, most) => stringList(matches(pattern, text, most).map(([start, end]) => text.slice(start, end)))),
  regexReplaceAll: define(['string', 'string', 'string'], (pattern, text, by) => replaceAll(pattern, text, by)),
  regexReplaceAllLiteral: define(['string', 'string', 'string'], (pattern, text, by) => {
    const found = matches(pattern, text, -1);
    return found.map(([start], i) => text.slice(found[i - 1]?.[1] ?? 0, start) + by).join('') + text.slice(found.at(-1)?.[1] ?? 0);
  }),
  regexSplit: define(['string', 'string', 'int'], (pattern, text, most) => split(pattern, text, most)),
};

/** Regular expressions in Go's syntax, which take linear time. */
export const regexFunctions: FunctionTable = {
  ...byName,
  ...Object.fromEntries(Object.entries(byName).map(([name, fn]) => [`mustR${name.slice(1)}`, fn])),
  regexMatch: define(['string', 'string'], (pattern, text) => {
    try { return compile(pattern).matcher(text).find(); } catch (error) { if (error instanceof FunctionError) return false; throw error; }
  }),
  regexQuoteMeta: define(['string'], (text) => text.replace(/[\\.+*?()|[\]{}^$]/g, (c) => `\\${c}`)),
};

function compile(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  let compiled: RE2JS;
  try { compiled = RE2JS.compile(pattern); } catch (error) {
    if (error instanceof RE2JSException) throw new FunctionError(`regexp: Compile(\`${pattern}\`): ${error.message}`);
    throw error;
  }
  if (cache.size >= CACHED_MAX) cache.delete(cache.keys().next().value ?? '');
  cache.set(pattern, compiled);
  return compiled;
}

type Span = readonly [start: number, end: number];

/** Where a pattern matches; an empty match right behind another does not count, as in Go. */
function matches(pattern: string, text: string, most: number): Span[] {
  const matcher = compile(pattern).matcher(text);
  const found: Span[] = [];
  let previousEnd = -1;
  while ((most < 0 || found.length < most) && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start !== end || start !== previousEnd) found.push([start, end]);
    previousEnd = end;
  }
  return found;
}

function replaceAll(pattern: string, text: string, template: string): string {
  const matcher = compile(pattern).matcher(text);
  const parts: string[] = [];
  let previousEnd = 0;
  let isFirst = true;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end && start === previousEnd && !isFirst) continue;
    parts.push(text.slice(previousEnd, start), expand(template, (name) => groupOf(matcher, name)));
    previousEnd = end;
    isFirst = false;
  }
  return parts.join('') + text.slice(previousEnd);
}

function groupOf(matcher: ReturnType<RE2JS['matcher']>, name: string): string {
  try { return matcher.group(/^\d+$/.test(name) ? Number(name) : name) ?? ''; } catch { return ''; } // there is no such group
}

/** `$1`, `${name}` and `$$`; a name is the longest run of letters, digits and underscores. */
function expand(template: string, group: (name: string) => string): string {
  return template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar: string | undefined, braced: string | undefined, bare: string | undefined) => (dollar !== undefined ? '$' : group(braced ?? bare ?? '')));
}

function split(pattern: string, text: string, most: number): Value {
  if (most === 0) return null;
  if (pattern.length > 0 && text.length === 0) return stringList(['']);
  const parts: string[] = [];
  let [start, end] = [0, 0];
  for (const [matchStart, matchEnd] of matches(pattern, text, most)) {
    if (most > 0 && parts.length === most - 1) break;
    end = matchStart;
    if (matchEnd !== 0) parts.push(text.slice(start, end));
    start = matchEnd;
  }
  if (end !== text.length) parts.push(text.slice(start));
  return stringList(parts);
}

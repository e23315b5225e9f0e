import { RE2JS, RE2JSException } from 're2js';

const MOST_CACHED = 256;
const cache = new Map<string, RE2JS | string>();

/** A regular expression in RE2's syntax, which takes linear time; or, for a bad one, what is wrong with it in Go's words. */
export function compileRegex(pattern: string): RE2JS | string {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = compileUncached(pattern);
  if (cache.size >= MOST_CACHED) cache.delete(cache.keys().next().value ?? '');
  cache.set(pattern, compiled);
  return compiled;
}

function compileUncached(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

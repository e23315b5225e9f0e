/** Patterns for file names as regular expressions; undefined for one that is none. */

/** Go's filepath.Match: `*`, `?` and classes, none of which match a slash. */
export function shellPattern(pattern: string): RegExp | undefined {
  return compile(pattern, { deep: false, choices: false });
}

/** What `.Files.Glob` takes: also `**` for any depth and `{a,b}`. */
export function globPattern(pattern: string): RegExp | undefined {
  return compile(pattern, { deep: true, choices: true });
}

const PATTERN_LENGTH_MAX = 1000;

function compile(pattern: string, { deep, choices }: { deep: boolean; choices: boolean }): RegExp | undefined {
  if (pattern.length > PATTERN_LENGTH_MAX) return undefined;
  let source = '';
  let open = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    if (c === '*') {
      const isDeep = deep && pattern[i + 1] === '*';
      while (pattern[i + 1] === '*') i++;
      source += isDeep ? '.*' : '[^/]*';
    } else if (c === '?') source += '[^/]';
    else if (c === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end === -1) return undefined;
      const body = pattern.slice(i + 1, end);
      source += `[${/^[\^!]/.test(body) ? '^' : ''}${body.replace(/^[\^!]/, '').replace(/[\\\]^]/g, '\\$&')}]`;
      i = end;
    } else if (choices && c === '{') { open++; source += '(?:'; }
    else if (choices && c === '}' && open > 0) { open--; source += ')'; }
    else if (choices && c === ',' && open > 0) source += '|';
    else if (c === '\\') {
      const next = pattern[++i];
      if (next === undefined) return undefined;
      source += escape(next);
    } else source += escape(c);
  }
  if (open > 0) return undefined;
  try { return new RegExp(`^${source}$`, 's'); } catch { return undefined; } // a class like [z-a]
}

function escape(c: string): string { return c.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'); }

export interface Target { /** The origin left out, otherwise as it came. */ target: string; path: string; query: URLSearchParams }

const NO_QUERY = new URLSearchParams(); // shared: readers never change it

/**
 * The path and query of a request line's target, which may be anything: an absolute URL (proxies send those), bad escapes, nothing at all.
 * undefined for what no server could understand.
 */
export function splitTarget(target: string): Target | undefined {
  const relative = target.startsWith('/') ? target : stripOrigin(target);
  if (relative === undefined) return undefined;
  const mark = relative.indexOf('?');
  const path = decodePath(mark < 0 ? relative : relative.slice(0, mark));
  if (path === undefined) return undefined;
  return { target: relative, path, query: mark < 0 ? NO_QUERY : queryOf(relative.slice(mark + 1)) };
}

/** What cannot be told from another thing is left out, as Go does it: pairs with a bad escape or a semicolon. */
function queryOf(text: string): URLSearchParams {
  return new URLSearchParams(UNCLEAR.test(text) ? text.split('&').filter((pair) => !UNCLEAR.test(pair)).join('&') : text);
}

const UNCLEAR = /;|%(?![0-9a-f]{2})/i;

function stripOrigin(target: string): string | undefined {
  const [, rest] = /^https?:\/\/[^/]*(\/.*)?$/i.exec(target) ?? [];
  return rest ?? (target === '*' ? '/*' : undefined);
}

function decodePath(raw: string): string | undefined {
  if (!raw.includes('%')) return raw;
  try { return decodeURIComponent(raw); } catch { return undefined; } // a stray % or bytes that are no UTF-8: answered with 400
}

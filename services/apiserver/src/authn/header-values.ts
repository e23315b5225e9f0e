import type { ApiRequest } from '../pipeline/api-request.ts';

type Headers = Pick<ApiRequest, 'headers' | 'headerValues'>;

/** All values of a header that may be repeated. A transport that joins repeated headers does so by `, `. */
export function headerValuesOf(request: Headers, name: string): readonly string[] {
  const key = name.toLowerCase();
  const joined = request.headers[key];
  if (joined === undefined) return [];
  return request.headerValues?.(key) ?? joined.split(', ');
}

/** `PREFIXkey: value` headers as key → values; keys are lower case and may be percent-encoded. */
export function headersWithPrefix(request: Headers, prefix: string): Record<string, string[]> {
  const found = Object.create(null) as Record<string, string[]>; // keys are the client's: __proto__ is one like any other
  const start = prefix.toLowerCase();
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith(start)) continue;
    const key = unescapeKey(name.slice(start.length));
    (found[key] ??= []).push(...headerValuesOf(request, name));
  }
  return found;
}

/** A key that is not properly encoded is taken as it stands. */
function unescapeKey(key: string): string {
  try { return decodeURIComponent(key); } catch { return key; }
}

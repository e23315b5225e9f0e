import { HttpFault } from './http-fault.ts';

/** What a request is for. It is taken apart once, so that what is authorized is what is done. */
export interface RequestTarget {
  method: string;
  /** The parts of the path, decoded; none is empty, `.` or `..`, or contains a slash. */
  segments: readonly string[];
  /** Whether the path ends with a slash: a directory. */
  isDirectory: boolean;
  query: URLSearchParams;
}

/** Throws HttpFault for a path that could mean two things. */
export function parseTarget({ method = 'GET', url = '/' }: { method?: string | undefined; url?: string | undefined }): RequestTarget {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  if (!path.startsWith('/')) throw new HttpFault(400, '400 Bad Request');
  const segments = path.split('/').filter((part) => part !== '').map(decoded);
  if (segments.some((part) => part === '.' || part === '..' || /[/\0]/.test(part))) throw new HttpFault(400, 'invalid URL path');
  return { method, segments, isDirectory: path.endsWith('/'), query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

function decoded(part: string): string {
  try { return decodeURIComponent(part); } catch { throw new HttpFault(400, '400 Bad Request'); } // not percent-encoded UTF-8
}

import type { HeaderField } from '@kubernode/rpc';

/** A request's head as the rest of the server knows it, whatever the version of HTTP. */
export interface RequestHead {
  method: string;
  target: string;
  /** By lower-case name; what came several times is joined, or the first holds where Node's HTTP/1.1 does so. */
  headers: Record<string, string>;
  /** Every value of what came several times. */
  repeated: ReadonlyMap<string, readonly string[]> | undefined;
}

/** What makes sense between two hops of HTTP/1.1 only. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
/** Of these the first value holds. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set(['authorization', 'content-length', 'content-type', 'from', 'host', 'if-modified-since', 'if-unmodified-since', 'max-forwards', 'referer', 'user-agent']);

/** The head of a request by its fields; undefined when it is malformed (RFC 9113, 8.1.1 and 8.3). */
export function requestHead(fields: readonly HeaderField[]): RequestHead | undefined {
  const pseudo: Record<string, string> = {};
  const headers: Record<string, string> = {};
  let repeated: Map<string, string[]> | undefined;
  let isBehindPseudo = false;
  for (const { name, value } of fields) {
    if (name.charCodeAt(0) === 0x3a) {
      if (isBehindPseudo || !PSEUDO_HEADERS.has(name) || pseudo[name] !== undefined) return undefined;
      pseudo[name] = value;
      continue;
    }
    isBehindPseudo = true;
    if (CONNECTION_HEADERS.has(name) || (name === 'te' && value !== 'trailers')) return undefined;
    const before = headers[name];
    if (typeof before !== 'string') { headers[name] = value; continue; } // not there, or what every object has by that name
    repeated ??= new Map();
    const values = repeated.get(name);
    if (values === undefined) repeated.set(name, [before, value]); else values.push(value);
    if (!SINGLE_HEADERS.has(name)) headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  const { ':method': method, ':path': target, ':scheme': scheme, ':authority': authority } = pseudo;
  if (method === undefined || !METHOD.test(method) || target === undefined || target === '' || scheme === undefined) return undefined;
  if (headers['content-length'] !== undefined && !isOneLength([headers['content-length'], ...repeated?.get('content-length') ?? []])) return undefined;
  if (authority !== undefined) headers['host'] = authority;
  return { method, target, headers, repeated };
}

/** What is passed on over HTTP/1.1 must have one reading there, too. */
function isOneLength(values: readonly string[]): boolean { return values.every((value) => /^\d+$/.test(value) && value === values[0]); }

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PSEUDO_HEADERS: ReadonlySet<string> = new Set([':method', ':path', ':scheme', ':authority']);

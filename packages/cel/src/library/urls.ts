import { goQuote } from '@kubernode/apimachinery';
import { readingCost } from '../cost/units.ts';
import { structType, type CelType } from '../types/cel-type.ts';
import { ArrayList } from '../values/list.ts';
import { EntryMap } from '../values/map.ts';
import { CelError, Opaque, type Value } from '../values/value.ts';
import { bool, listOf, mapOf, member, plain, string, type Arg, type FunctionEntry } from './define.ts';

export const urlType: CelType = structType('kubernetes.URL');

class Url extends Opaque {
  readonly type: CelType = urlType;
  readonly text: string;
  readonly parts: UrlParts;

  constructor(text: string, parts: UrlParts) {
    super();
    this.text = text;
    this.parts = parts;
  }

  equals(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text;
  }
}

interface UrlParts { scheme: string; host: string; path: string; query: string }

const url: Arg<Url> = urlType;

/** Absolute URLs and paths, as Go's url.ParseRequestURI takes them. */
export const urls: readonly FunctionEntry[] = [
  ['url', [plain('string_to_url', [string], url, (text) => {
    const parts = parseUrl(text);
    return typeof parts === 'string' ? new CelError(`URL parse error during conversion from string: ${parts}`) : new Url(text, parts);
  }, ([text]: readonly Value[]) => readingCost(text))]],
  ['isURL', [plain('is_url_string', [string], bool, isUrl)]],
  ['getScheme', [member('url_get_scheme', [url], string, ({ parts }) => parts.scheme)]],
  ['getHost', [member('url_get_host', [url], string, ({ parts }) => parts.host)]],
  ['getHostname', [member('url_get_hostname', [url], string, ({ parts }) => splitHost(parts.host).name)]],
  ['getPort', [member('url_get_port', [url], string, ({ parts }) => splitHost(parts.host).port)]],
  ['getEscapedPath', [member('url_get_escaped_path', [url], string, ({ parts }) => escapedPath(parts.path))]],
  ['getQuery', [member('url_get_query', [url], mapOf(string, listOf(string)), ({ parts }) => queryOf(parts.query))]],
];

/** Whether a text is an absolute URL or path. */
export function isUrl(text: string): boolean {
  return typeof parseUrl(text) !== 'string';
}

/** The parts of a URL, or Go's words for what is wrong with it. */
export function parseUrl(text: string): UrlParts | string {
  const fault = (reason: string): string => `parse ${goQuote(text)}: ${reason}`;
  if (/\p{Cc}/u.test(text)) return fault('net/url: invalid control character in URL');
  if (text === '') return fault('empty url');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? '';
  const [beforeFragment = ''] = text.slice(scheme === '' ? 0 : scheme.length + 1).split('#', 1);
  const queryAt = beforeFragment.indexOf('?');
  const rest = queryAt < 0 ? beforeFragment : beforeFragment.slice(0, queryAt);
  const query = queryAt < 0 ? '' : beforeFragment.slice(queryAt + 1);
  if (scheme === '' && text.startsWith(':')) return fault('missing protocol scheme');
  if (!rest.startsWith('/')) return scheme === '' ? fault('invalid URI for request') : { scheme: scheme.toLowerCase(), host: '', path: '', query };
  if (scheme === '' || !rest.startsWith('//')) return checkedPath(rest, { scheme: scheme.toLowerCase(), host: '', query }, fault);
  const authority = /^[^/]*/.exec(rest.slice(2))?.[0] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const hostFault = faultOfHost(host);
  if (hostFault !== undefined) return fault(hostFault);
  return checkedPath(rest.slice(2 + authority.length), { scheme: scheme.toLowerCase(), host, query }, fault);
}

function checkedPath(path: string, parts: Omit<UrlParts, 'path'>, fault: (reason: string) => string): UrlParts | string {
  const bad = /%(?![0-9a-fA-F]{2})(.{0,2})/.exec(path);
  return bad === null ? { ...parts, path } : fault(`invalid URL escape ${goQuote(bad[0])}`);
}

function faultOfHost(host: string): string | undefined {
  const { port } = splitHost(host);
  const portText = host.startsWith('[') ? host.slice(host.indexOf(']') + 1) : host.slice(host.indexOf(':') < 0 ? host.length : host.indexOf(':'));
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  if (portText !== '' && (!portText.startsWith(':') || !/^\d*$/.test(portText.slice(1)))) return `invalid port ${goQuote(portText)} after host`;
  const bad = /[\s"<>^`{|}\\]/.exec(host);
  return bad === null || port.includes(bad[0]) ? undefined : `invalid character ${goQuote(bad[0])} in host name`;
}

function splitHost(host: string): { name: string; port: string } {
  const bracketed = /^\[(.*)\](?::(.*))?$/.exec(host);
  if (bracketed !== null) return { name: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  const colon = host.lastIndexOf(':');
  return colon < 0 ? { name: host, port: '' } : { name: host.slice(0, colon), port: host.slice(colon + 1) };
}

/** Characters that no path may carry as they are get escaped; what is escaped stays so. */
function escapedPath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*%[\]]/gu, (c) => [...Buffer.from(c)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}

function queryOf(query: string): EntryMap {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...values.get(key) ?? [], value]);
  return new EntryMap([...values].map(([key, all]) => [key, new ArrayList(all)] as const));
}

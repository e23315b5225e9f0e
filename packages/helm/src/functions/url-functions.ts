import path from 'node:path/posix';
import { toBytes } from '../values/byte-string.ts';
import { typeOf, type GoMap, type Value } from '../values/value.ts';
import { define, type FunctionTable } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';

const paths = {
  base: define(['string'], (text) => (text === '' ? '.' : path.basename(text) || '/')),
  dir: define(['string'], (text) => clean(text.slice(0, text.lastIndexOf('/') + 1))),
  clean: define(['string'], clean),
  ext: define(['string'], (text) => /\.[^./]*$/.exec(text)?.[0] ?? ''),
  isAbs: define(['string'], (text) => text.startsWith('/')),
} satisfies FunctionTable;

export const urlFunctions: FunctionTable = {
  ...paths,
  osBase: paths.base, osDir: paths.dir, osClean: paths.clean, osExt: paths.ext, osIsAbs: paths.isAbs,
  urlParse: define(['string'], parseUrl),
  urlJoin: define(['map'], joinUrl),
  getHostByName: define(['string'], () => ''), // names are not looked up while a chart is rendered
};

function clean(text: string): string {
  return path.normalize(text).replace(/(.)\/$/, '$1');
}

function parseUrl(text: string): Value {
  const [withoutFragment = '', ...fragments] = text.split('#');
  const [, scheme, rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(.*)$/s.exec(withoutFragment) ?? [];
  // eslint-disable-next-line no-control-regex -- these are what Go refuses
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new FunctionError(`unable to parse url: parse ${JSON.stringify(text)}: net/url: invalid control character in URL`);
  const [beforeQuery = '', ...queries] = rest.split('?');
  const isOpaque = scheme !== undefined && !beforeQuery.startsWith('/') && beforeQuery !== '';
  const [, authority, urlPath = ''] = isOpaque ? [] : /^(?:\/\/([^/]*))?(.*)$/s.exec(beforeQuery) ?? [];
  const [, userinfo = '', host = ''] = /^(?:(.*)@)?(.*)$/s.exec(authority ?? '') ?? [];
  if (scheme === undefined && authority === undefined && /^[^/]*:/.test(beforeQuery)) throw new FunctionError(`unable to parse url: parse ${JSON.stringify(text)}: ${beforeQuery.startsWith(':') ? 'missing protocol scheme' : 'first path segment in URL cannot contain colon'}`);
  return new Map<string, Value>([
    ['scheme', (scheme ?? '').toLowerCase()], ['host', host], ['hostname', host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')], ['path', unescape(urlPath)], ['query', queries.join('?')],
    ['opaque', isOpaque ? beforeQuery : ''], ['fragment', unescape(fragments.join('#'))], ['userinfo', userinfo],
  ]);
}

function unescape(text: string): string {
  try { return decodeURIComponent(text); } catch { throw new FunctionError(`unable to parse url: invalid URL escape in ${JSON.stringify(text)}`); }
}

function joinUrl(parts: GoMap): string {
  const part = (key: string): string => {
    const value = parts.get(key) ?? '';
    if (typeof value !== 'string') throw new FunctionError(`unable to parse ${key} key, must be of type string, but ${typeOf(value)} found`);
    return value;
  };
  const [scheme, host, urlPath, query, opaque, fragment, userinfo] = [part('scheme'), part('host'), part('path'), part('query'), part('opaque'), part('fragment'), part('userinfo')];
  let url = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') url += opaque;
  else {
    if (scheme !== '' || host !== '' || userinfo !== '') { if (host !== '' || urlPath !== '' || userinfo !== '') url += '//'; }
    url += `${userinfo === '' ? '' : `${userinfo}@`}${host}`;
    if (urlPath !== '' && !urlPath.startsWith('/') && host !== '') url += '/';
    url += escapePath(urlPath);
  }
  return `${url}${query === '' ? '' : `?${query}`}${fragment === '' ? '' : `#${escapePath(fragment)}`}`;
}

function escapePath(text: string): string {
  return Array.from(toBytes(text), (byte) => { const c = String.fromCharCode(byte); return /[A-Za-z0-9\-_.~$&+,/:;=@!'()*]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`; }).join('');
}

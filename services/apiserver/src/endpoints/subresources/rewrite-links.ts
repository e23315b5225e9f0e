import { posix } from 'node:path';

export interface LinkRewriting {
  /** Host and port of the server whose page it is. */
  backendHost: string;
  /** What the client called this server. */
  requestHost: string;
  /** The path under which the client sees the backend's root. */
  prefix: string;
}

/** Attributes that hold URLs, by element. */
const URL_ATTRIBUTES: Readonly<Record<string, ReadonlySet<string>>> = {
  a: new Set(['href']), applet: new Set(['codebase']), area: new Set(['href']), audio: new Set(['src']), base: new Set(['href']), blockquote: new Set(['cite']), body: new Set(['background']),
  button: new Set(['formaction']), command: new Set(['icon']), del: new Set(['cite']), embed: new Set(['src']), form: new Set(['action']), frame: new Set(['longdesc', 'src']), head: new Set(['profile']),
  html: new Set(['manifest']), iframe: new Set(['longdesc', 'src']), img: new Set(['longdesc', 'src', 'usemap']), input: new Set(['src', 'usemap', 'formaction']), ins: new Set(['cite']), link: new Set(['href']),
  object: new Set(['classid', 'codebase', 'data', 'usemap']), q: new Set(['cite']), script: new Set(['src']), source: new Set(['src']), video: new Set(['poster', 'src']),
};
/** Elements whose content is text, whatever it looks like. */
const RAW_ELEMENTS: ReadonlySet<string> = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes']);

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)([^]*)$/;

/** A link on a proxied page, or where it redirects to, as the client has to follow it. Foreign and relative ones stay as they are. */
export function rewriteUrl(url: string, { backendHost, requestHost, prefix }: LinkRewriting): string {
  const [, scheme = '', host = '', path = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  if ((host !== '' && host !== backendHost && host !== requestHost) || !path.startsWith('/')) return url;
  const origin = host !== '' && host === requestHost ? `${scheme === '' ? '' : `${scheme}:`}//${host}` : '';
  if (path.startsWith(prefix)) return origin + path + rest;
  const joined = posix.join(prefix, path);
  return origin + (path.endsWith('/') && !joined.endsWith('/') ? `${joined}/` : joined) + rest;
}

/** A page with its links rewritten. Reads it once from left to right; what is no tag is copied as it stands. */
export function rewriteHtml(html: string, rewriting: LinkRewriting): string {
  let output = '';
  let copied = 0;
  let position = html.indexOf('<');
  while (position >= 0) {
    if (html.startsWith('<!--', position)) {
      position = after(html, '-->', position + 4);
    } else {
      const tag = readTag(html, position);
      if (tag !== undefined) {
        for (const { start, end, value } of tag.links) {
          output += html.slice(copied, start) + quoted(rewriteUrl(unescapeHtml(value), rewriting));
          copied = end;
        }
        position = RAW_ELEMENTS.has(tag.name) ? endOfRaw(html, tag.name, tag.end) : tag.end;
      } else {
        position++;
      }
    }
    position = position < 0 ? -1 : html.indexOf('<', position);
  }
  return output + html.slice(copied);
}

interface Tag { name: string; end: number; links: { start: number; end: number; value: string }[] }

const TAG_NAME = /<([A-Za-z][^\s/>]*)/y;
const ATTRIBUTE = /[\s/]*([^\s/>=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']*))?/y;

/** The start tag at a `<`; undefined where there is none. */
function readTag(html: string, position: number): Tag | undefined {
  TAG_NAME.lastIndex = position;
  const name = TAG_NAME.exec(html)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  const wanted = Object.hasOwn(URL_ATTRIBUTES, name) ? URL_ATTRIBUTES[name] : undefined;
  const links: Tag['links'] = [];
  ATTRIBUTE.lastIndex = TAG_NAME.lastIndex;
  let end = ATTRIBUTE.lastIndex;
  for (let match = ATTRIBUTE.exec(html); match !== null; match = ATTRIBUTE.exec(html)) {
    end = ATTRIBUTE.lastIndex;
    const [, attribute = '', value = ''] = match;
    if (value !== '' && wanted?.has(attribute.toLowerCase()) === true) links.push({ start: end - value.length, end, value: value.replace(/^(["'])([^]*)\1$/, '$2') });
  }
  const close = html.indexOf('>', end);
  return { name, end: close < 0 ? html.length : close + 1, links };
}

function endOfRaw(html: string, name: string, from: number): number {
  const close = new RegExp(`</${name}`, 'gi'); // one of the names above
  close.lastIndex = from;
  return close.exec(html)?.index ?? -1;
}

function after(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from);
  return found < 0 ? -1 : found + end.length;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'", '#34': '"' };

function unescapeHtml(text: string): string {
  return text.replace(/&(amp|quot|lt|gt|#39|#34);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

function quoted(value: string): string {
  return `"${value.replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll("'", '&#39;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}"`;
}

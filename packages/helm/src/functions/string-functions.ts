import { goQuote } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import { byteLength, byteSlice } from '../values/byte-string.ts';
import { formatValue } from '../values/format-go.ts';
import { Int, mapOf, stringList, type GoMap, type Value } from '../values/value.ts';
import { define, defineVariadic, type FunctionTable } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { textOf, textsOf } from './text-of.ts';
import { camelCase, delimitedCase, swapCase } from './word-case.ts';

/** What a string function may make of a short text. */
const TEXT_LENGTH_MAX = 16 * 1024 * 1024;
const SPACE = '[\\s\\u0085]'; // as Go's unicode.IsSpace, near enough
const trimSpace = (text: string): string => text.replace(new RegExp(`^${SPACE}+|${SPACE}+$`, 'g'), '');

export function stringFunctions({ rng }: { rng: Rng }): FunctionTable {
  return { ...trimming, ...testing, ...cutting, ...quoting, ...casing, ...splitting, ...randomFunctions(rng) };
}

const trimming: FunctionTable = {
  trim: define(['string'], trimSpace),
  trimAll: define(['string', 'string'], trimAll),
  trimall: define(['string', 'string'], trimAll),
  trimSuffix: define(['string', 'string'], (suffix, text) => (suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text)),
  trimPrefix: define(['string', 'string'], (prefix, text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  nospace: define(['string'], (text) => text.replace(new RegExp(SPACE, 'g'), '')),
  indent: define(['int', 'string'], indent),
  nindent: define(['int', 'string'], (spaces, text) => `\n${indent(spaces, text)}`),
  wrap: define(['int', 'string'], (width, text) => wrap(text, width, '\n')),
  wrapWith: define(['int', 'string', 'string'], (width, separator, text) => wrap(text, width, separator)),
};

const testing: FunctionTable = {
  contains: define(['string', 'string'], (part, text) => text.includes(part)),
  hasPrefix: define(['string', 'string'], (prefix, text) => text.startsWith(prefix)),
  hasSuffix: define(['string', 'string'], (suffix, text) => text.endsWith(suffix)),
};

const cutting: FunctionTable = {
  trunc: define(['int', 'string'], (count, text) => {
    const length = byteLength(text);
    if (count < 0 && length + count > 0) return byteSlice(text, length + count, length);
    return count >= 0 && length > count ? byteSlice(text, 0, count) : text;
  }),
  substr: define(['int', 'int', 'string'], (start, end, text) => {
    const length = byteLength(text);
    if (start < 0) { checkBounds(0, end, length); return byteSlice(text, 0, end); }
    if (end < 0 || end > length) { checkBounds(start, length, length); return byteSlice(text, start, length); }
    checkBounds(start, end, length);
    return byteSlice(text, start, end);
  }),
  abbrev: define(['int', 'string'], (width, text) => (width < 4 ? text : abbreviate(text, 0, width))),
  abbrevboth: define(['int', 'int', 'string'], (left, right, text) => (right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right))),
  repeat: define(['int', 'string'], (count, text) => {
    if (count < 0) throw new FunctionError('strings: negative Repeat count');
    if (count * text.length > TEXT_LENGTH_MAX) throw new FunctionError('strings: Repeat output length overflow');
    return text.repeat(count);
  }),
  replace: define(['string', 'string', 'string'], (old, by, text) => text.split(old).join(by)),
  initials: define(['string'], (text) => text.split(new RegExp(`${SPACE}+`)).map((word) => word.slice(0, 1)).join('')),
};

const quoting: FunctionTable = {
  quote: defineVariadic([], 'any', (_, values) => values.filter((value) => value !== null).map((value) => goQuote(textOf(value))).join(' ')),
  squote: defineVariadic([], 'any', (_, values) => values.filter((value) => value !== null).map((value) => `'${formatValue(value)}'`).join(' ')),
  cat: defineVariadic([], 'any', (_, values) => values.filter((value) => value !== null).map(formatValue).join(' ')),
  toString: define(['any'], textOf),
  toStrings: define(['any'], (value) => stringList(textsOf(value))),
  plural: define(['string', 'string', 'int'], (one, many, count) => (count === 1 ? one : many)),
  hello: define([], () => 'Hello!'),
};

const casing: FunctionTable = {
  upper: define(['string'], (text) => text.toUpperCase()),
  lower: define(['string'], (text) => text.toLowerCase()),
  title: define(['string'], (text) => text.replace(/(^|[^\p{L}\p{N}_])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase())),
  untitle: define(['string'], (text) => text.replace(new RegExp(`(^|${SPACE})(\\S)`, 'g'), (_, before: string, letter: string) => before + letter.toLowerCase())),
  swapcase: define(['string'], swapCase),
  snakecase: define(['string'], (text) => delimitedCase(text, '_')),
  kebabcase: define(['string'], (text) => delimitedCase(text, '-')),
  camelcase: define(['string'], camelCase),
};

const splitting: FunctionTable = {
  split: define(['string', 'string'], (separator, text) => numbered(splitText(text, separator))),
  splitn: define(['string', 'int', 'string'], (separator, count, text) => {
    const parts = splitText(text, separator);
    return numbered(count < 0 || parts.length <= count ? parts : count === 0 ? [] : [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]);
  }),
  splitList: define(['string', 'string'], (separator, text) => stringList(splitText(text, separator))),
  join: define(['string', 'any'], (separator, value) => textsOf(value).join(separator)),
};

function randomFunctions(rng: Rng): FunctionTable {
  const [digits, letters] = ['0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
  const ascii = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).join('');
  const pick = (alphabet: string) => define(['int'], (count) => {
    if (count > TEXT_LENGTH_MAX) throw new FunctionError('the text would be too long');
    return Array.from({ length: Math.max(0, count) }, () => alphabet[Math.floor(rng.next() * alphabet.length)] ?? '').join('');
  });
  return {
    randAlphaNum: pick(letters + digits), randAlpha: pick(letters), randNumeric: pick(digits), randAscii: pick(ascii),
    shuffle: define(['string'], (text) => {
      const characters = Array.from(text);
      for (let i = characters.length - 1; i > 0; i--) {
        const j = Math.floor(rng.next() * (i + 1));
        [characters[i], characters[j]] = [characters[j] ?? '', characters[i] ?? ''];
      }
      return characters.join('');
    }),
    randInt: define(['int', 'int'], (min, max) => {
      if (max <= min) throw new FunctionError('invalid argument to Intn');
      return new Int(min + Math.floor(rng.next() * (max - min)));
    }),
  };
}

function trimAll(cutset: string, text: string): string {
  const set = new Set(cutset);
  const characters = Array.from(text);
  let [start, end] = [0, characters.length];
  while (start < end && set.has(characters[start] ?? '')) start++;
  while (end > start && set.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

function indent(spaces: number, text: string): string {
  if (spaces < 0) throw new FunctionError('strings: negative Repeat count');
  const lines = text.split('\n');
  if (spaces * lines.length > TEXT_LENGTH_MAX) throw new FunctionError('strings: Repeat output length overflow');
  const pad = ' '.repeat(spaces);
  return pad + lines.join(`\n${pad}`);
}

function splitText(text: string, separator: string): string[] {
  return separator === '' ? Array.from(text) : text.split(separator);
}

function numbered(parts: readonly string[]): GoMap {
  return mapOf('map[string]string', new Map<string, Value>(parts.map((part, i) => [`_${i}`, part])));
}

function checkBounds(start: number, end: number, length: number): void {
  if (end < 0 || end > length) throw new FunctionError(end < 0 ? `runtime error: slice bounds out of range [:${end}]` : `runtime error: slice bounds out of range [:${end}] with length ${length}`);
  if (start > end) throw new FunctionError(`runtime error: slice bounds out of range [${start}:${end}]`);
}

function abbreviate(text: string, offset: number, width: number): string {
  const length = byteLength(text);
  if (length <= width) return text;
  const keep = width - 3;
  const start = Math.min(offset, length) > length - keep ? length - keep : Math.min(offset, length);
  if (start <= 4) return `${byteSlice(text, 0, keep)}...`;
  if (start + keep < length) return `...${abbreviate(byteSlice(text, start, length), 0, keep)}`;
  return `...${byteSlice(text, length - keep, length)}`;
}

/** Lines of at most `width` characters, broken at spaces, or within words that are longer. */
function wrap(text: string, width: number, separator: string): string {
  const [most, glue] = [Math.max(1, width), separator === '' ? '\n' : separator];
  const parts: string[] = [];
  let offset = 0;
  while (text.length - offset > most) {
    if (text[offset] === ' ') { offset++; continue; }
    const space = text.lastIndexOf(' ', offset + most);
    const end = space >= offset ? space : offset + most;
    parts.push(text.slice(offset, end), glue);
    offset = space >= offset ? space + 1 : end;
  }
  return parts.join('') + text.slice(offset);
}

import { goFloat } from './go-float.ts';
import { staysString } from './yaml-scalars.ts';

/**
 * YAML as Kubernetes writes it: keys sorted, two spaces, lists not indented below their key, texts of several lines as blocks,
 * quotes only where a plain scalar would be read as something else.
 */
export function encodeYaml(value: unknown): string {
  const lines: string[] = [];
  emit(value, '', '', lines);
  return `${lines.join('\n')}\n`;
}

/** `lead` is what the first line already holds (`- `, `key: `), `indent` what every further one begins with. */
function emit(value: unknown, lead: string, indent: string, lines: string[]): void {
  if (Array.isArray(value)) {
    if (value.length === 0) { lines.push(`${lead}[]`); return; }
    emitEach(value.map((element) => ['-', element] as const), lead, indent, lines);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined).sort(([a], [b]) => compareKeys(a, b));
    if (entries.length === 0) { lines.push(`${lead}{}`); return; }
    emitEach(entries.map(([key, entry]) => [`${keyText(key)}:`, entry] as const), lead, indent, lines);
  } else {
    lines.push(...scalarLines(value, lead, lead === '' && indent === '' ? '  ' : indent)); // a whole document is one level in, too
  }
}

function emitEach(entries: readonly (readonly [mark: string, value: unknown])[], lead: string, indent: string, lines: string[]): void {
  let start = lead;
  for (const [mark, value] of entries) {
    const opensBlock = mark !== '-' && typeof value === 'object' && value !== null && !isEmpty(value);
    if (opensBlock) lines.push(`${start}${mark}`);
    const inner = mark === '-' || (opensBlock && !Array.isArray(value)) ? `${indent}  ` : indent;
    emit(value, opensBlock ? inner : `${start}${mark} `, opensBlock || mark === '-' ? inner : `${indent}  `, lines);
    start = indent;
  }
}

function isEmpty(value: object): boolean {
  return Array.isArray(value) ? value.length === 0 : Object.values(value).every((entry) => entry === undefined);
}

function keyText(key: string): string {
  return key.includes('\n') ? doubleQuote(key) : inlineText(key);
}

function scalarLines(value: unknown, lead: string, indent: string): string[] {
  if (typeof value === 'number') return [`${lead}${numberText(value)}`];
  if (typeof value !== 'string') return [`${lead}${value === undefined ? 'null' : String(value)}`];
  if (!value.includes('\n')) return foldLines(inlineText(value), lead, indent);
  if (!mayBeBlock(value)) return foldLines(doubleQuote(value), lead, indent);
  const chomping = !value.endsWith('\n') ? '-' : value.endsWith('\n\n') || value === '\n' ? '+' : '';
  const body = (chomping === '-' ? value : value.slice(0, -1)).split('\n');
  const hint = /^[ \n]/.test(value) ? '2' : '';
  return [`${lead}|${hint}${chomping}`, ...body.map((line) => (line === '' ? '' : `${indent}${line}`))];
}

/** Whole numbers of up to 64 bits keep their digits; others are floats. */
function numberText(value: number): string {
  return Number.isInteger(value) && value < 2 ** 64 && value >= -(2 ** 63) ? String(value + 0) : goFloat(value);
}

const UNPRINTABLE = /[\p{Cc}\p{Cs}\ufeff\u2028\u2029\ufffe\uffff]/u;

/** A block shows neither unprintable characters nor spaces at the ends of lines. */
function mayBeBlock(text: string): boolean {
  return !/ (?:\n|$)/.test(text) && !UNPRINTABLE.test(text.replaceAll('\n', ''));
}

/** Lines end at the first space beyond this column. */
const WIDTH = 80;

/**
 * A scalar broken at single spaces where lines get too long; the reader takes each break for the space it replaces. In double quotes the
 * first of several spaces may be broken at, too: a backslash keeps the others.
 */
function foldLines(scalar: string, lead: string, indent: string): string[] {
  const characters = Array.from(scalar); // columns count code points
  let column = Array.from(lead).length;
  if (column + characters.length <= WIDTH) return [lead + scalar];
  const quote = scalar.startsWith('"') ? '"' : scalar.startsWith("'") ? "'" : '';
  const [first, last] = quote === '' ? [0, characters.length - 1] : [2, characters.length - 3]; // never at the ends of what is quoted
  const lines: string[] = [];
  let line = lead;
  for (const [i, character] of characters.entries()) {
    const nextIsSpace = characters[i + 1] === ' ';
    if (character === ' ' && characters[i - 1] !== ' ' && column > WIDTH && i >= first && i <= last && (quote === '"' || !nextIsSpace)) {
      lines.push(line);
      line = nextIsSpace ? `${indent}\\` : indent;
      column = line.length;
    } else {
      line += character;
      column++;
    }
  }
  return [...lines, line];
}

function inlineText(text: string): string {
  if (!staysString(text)) return doubleQuote(text);
  if (UNPRINTABLE.test(text)) return doubleQuote(text);
  return mayBePlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

function mayBePlain(text: string): boolean {
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[-?:](?: |$)/.test(text) || /^(?:---|\.\.\.)/.test(text)) return false;
  return !/:(?: |$)| #|^ | $/.test(text); // other white space stays, or is not printed at all
}

const NAMED: Readonly<Record<string, string>> = { '\0': '0', '\x07': 'a', '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r', '\x1b': 'e', '"': '"', '\\': '\\', '\x85': 'N', '\u2028': 'L', '\u2029': 'P' };

function doubleQuote(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const named = NAMED[character];
    if (named !== undefined) quoted += `\\${named}`;
    else if (!UNPRINTABLE.test(character)) quoted += character;
    else {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
      quoted += code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
    }
  }
  return `${quoted}"`;
}

const isLetter = (character: string): boolean => /^\p{L}$/u.test(character);

/** Numbers inside keys count as numbers, letters come after other signs: `a2` before `a10`. */
function compareKeys(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let i = 0;
  while (i < limit && a[i] === b[i]) i++;
  if (i === limit) return a.length - b.length;
  const [x, y] = [a.charAt(i), b.charAt(i)];
  const [xLetter, yLetter] = [isLetter(x), isLetter(y)];
  if (xLetter && yLetter) return x < y ? -1 : 1;
  if (xLetter || yLetter) return yLetter ? -1 : 1;
  const lead = (x === '0' || y === '0') && /[1-9][0-9]*$/.test(/[0-9]*$/.exec(a.slice(0, i))?.[0] ?? '') ? '1' : '';
  const [xDigits, yDigits] = [/^[0-9]*/.exec(a.slice(i))?.[0] ?? '', /^[0-9]*/.exec(b.slice(i))?.[0] ?? ''];
  const difference = Number(`${lead}${xDigits}` || 0) - Number(`${lead}${yDigits}` || 0);
  if (difference !== 0) return difference;
  return xDigits.length !== yDigits.length ? xDigits.length - yDigits.length : x < y ? -1 : 1;
}

import { goQuote } from '@kubernode/apimachinery';
import { readingCost, regexCost, traversalCost } from '../cost/units.ts';
import { ArrayList, type CelList } from '../values/list.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import { bool, dyn, int, listOf, member, plain, string, type FunctionEntry } from './define.ts';
import { formatText } from './format-text.ts';
import { matchesRegex } from './regex.ts';

const reading = ([text]: readonly Value[]): number => readingCost(text);
const traversal = ([text = null]: readonly Value[]): number => traversalCost(text);
const readingTwice = ([text]: readonly Value[]): number => readingCost(text, 2);

/** Texts. Positions and lengths count code points. */
export const strings: readonly FunctionEntry[] = [
  ['contains', [member('contains_string', [string, string], bool, (text, part) => text.includes(part), ([text, part]) => readingCost(text) * readingCost(part))]],
  ['startsWith', [member('starts_with_string', [string, string], bool, (text, part) => text.startsWith(part), reading)]],
  ['endsWith', [member('ends_with_string', [string, string], bool, (text, part) => text.endsWith(part), reading)]],
  ['matches', [
    plain('matches', [string, string], bool, matchesRegex),
    member('matches_string', [string, string], bool, matchesRegex, ([text, pattern]) => regexCost(text, pattern)),
  ]],
  ['charAt', [member('string_char_at_int', [string, int], string, charAt)]],
  ['indexOf', [
    member('string_index_of_string', [string, string], int, (text, part) => indexOf(text, part, 0n), traversal),
    member('string_index_of_string_int', [string, string, int], int, indexOf, traversal),
  ]],
  ['lastIndexOf', [
    member('string_last_index_of_string', [string, string], int, (text, part) => lastIndexOf(text, part), traversal),
    member('string_last_index_of_string_int', [string, string, int], int, (text, part, start) => lastIndexOf(text, part, start), traversal),
  ]],
  ['lowerAscii', [member('string_lower_ascii', [string], string, (text) => text.replace(/[A-Z]+/g, (c) => c.toLowerCase()), reading)]],
  ['upperAscii', [member('string_upper_ascii', [string], string, (text) => text.replace(/[a-z]+/g, (c) => c.toUpperCase()), reading)]],
  ['replace', [
    member('string_replace_string_string', [string, string, string], string, (text, from, to) => text.replaceAll(from, () => to), readingTwice),
    member('string_replace_string_string_int', [string, string, string, int], string, replaceSome, readingTwice),
  ]],
  ['split', [
    member('string_split_string', [string, string], listOf(string), (text, separator) => split(text, separator, -1n), readingTwice),
    member('string_split_string_int', [string, string, int], listOf(string), split, readingTwice),
  ]],
  ['substring', [
    member('string_substring_int', [string, int], string, (text, start) => substring(text, start), reading),
    member('string_substring_int_int', [string, int, int], string, (text, start, end) => substring(text, start, end), reading),
  ]],
  ['trim', [member('string_trim', [string], string, (text) => text.trim(), reading)]],
  ['format', [member('string_format', [string, listOf(dyn)], string, formatText, reading)]],
  ['strings.quote', [plain('strings_quote', [string], string, (text) => goQuote(text), reading)]],
  ['join', [
    member('list_join', [listOf(string)], string, (list) => join(list, ''), joiningCost),
    member('list_join_string', [listOf(string), string], string, join, joiningCost),
  ]],
];

function joiningCost(_args: readonly Value[], result: Result): number {
  return result instanceof CelError ? 1 : readingCost(result, 2);
}

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): Result {
  const characters = Array.from(text);
  return index < 0n || index > characters.length ? outOfRange(index) : characters[Number(index)] ?? '';
}

function indexOf(text: string, part: string, start: bigint): Result {
  if (part === '') return start;
  if (start < 0n) return outOfRange(start);
  const characters = Array.from(text);
  if (start >= characters.length) return -1n;
  const skipped = characters.slice(0, Number(start)).join('').length;
  const found = text.indexOf(part, skipped);
  return found < 0 ? -1n : BigInt(Array.from(text.slice(0, found)).length);
}

function lastIndexOf(text: string, part: string, start?: bigint): Result {
  const characters = Array.from(text);
  if (part === '') return start ?? BigInt(characters.length);
  if (start !== undefined && start < 0n) return outOfRange(start);
  if (start !== undefined && start >= characters.length) return -1n;
  const from = start === undefined ? text.length : characters.slice(0, Number(start)).join('').length;
  const found = text.lastIndexOf(part, from);
  return found < 0 ? -1n : BigInt(Array.from(text.slice(0, found)).length);
}

/** At most `count` replacements; all of them when it is negative. */
function replaceSome(text: string, from: string, to: string, count: bigint): Result {
  let done = 0n;
  return text.replaceAll(from, (found) => (count < 0n || done++ < count ? to : found));
}

/** At most `count` parts, the last of them with the rest; all when it is negative. */
function split(text: string, separator: string, count: bigint): Result {
  if (count === 0n) return new ArrayList([]);
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (count < 0n || parts.length <= count) return new ArrayList(parts);
  const kept = Number(count) - 1;
  return new ArrayList([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function substring(text: string, start: bigint, end?: bigint): Result {
  const characters = Array.from(text);
  const stop = end ?? BigInt(characters.length);
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > characters.length) return outOfRange(start);
  if (stop < 0n || stop > characters.length) return outOfRange(stop);
  return characters.slice(Number(start), Number(stop)).join('');
}

function join(list: CelList, separator: string): Result {
  const parts = [...list];
  const bad = parts.find((part) => typeof part !== 'string');
  return bad === undefined ? parts.join(separator) : new CelError(`join: invalid input: ${String(bad as number)}`); // shown in an error only
}

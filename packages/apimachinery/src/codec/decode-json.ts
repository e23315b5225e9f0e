import { JSON_DEPTH_MAX } from '../nesting.ts';
import { DecodeError } from '../schema/decode-context.ts';
import { jsonSyntaxFault } from './json-syntax.ts';
import { mergeDuplicateKeys, type KeyOccurrence } from './json-duplicates.ts';

export interface DecodedJson {
  value: unknown;
  /** Every key in document order, only when some key of an object stands there twice: see `strictFaults`. */
  occurrences?: readonly KeyOccurrence[];
}

/**
 * JSON as Kubernetes reads it. Keys that stand twice in one object are merged as Go's decoder merges them (maps and structs
 * together, all else by the last) and reported by `occurrences`. Costs one native parse and two linear passes.
 * @throws DecodeError with the words of Go's scanner.
 */
export function decodeJson(bytes: Buffer): DecodedJson {
  const { keys, tooDeep } = measure(bytes);
  if (tooDeep !== undefined) throw new DecodeError(`invalid character '${tooDeep}' exceeded max depth`);
  const text = withoutLoneSurrogates(bytes.toString());
  const value = parse(text, bytes);
  if (countKeys(value) === keys) return { value };
  return mergeDuplicateKeys(text);
}

function parse(text: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError(jsonSyntaxFault(bytes));
  }
}

const SURROGATE = /\\u[dD][89a-fA-F]/;
const ESCAPE = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g;
const ESCAPE_LENGTH = 6; // of one \uXXXX

/** Half a pair of surrogates is no character: Go reads U+FFFD in its place. */
function withoutLoneSurrogates(text: string): string {
  return SURROGATE.test(text) ? text.replace(ESCAPE, (escape) => (escape.length === ESCAPE_LENGTH ? '\\ufffd' : escape)) : text;
}

/** Counts colons outside strings, one for each key, and finds the bracket that opens too much. The bytes need not be valid. */
function measure(bytes: Buffer): { keys: number; tooDeep: string | undefined } {
  let keys = 0;
  let tooDeep: string | undefined;
  let open = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case 0x22: // a string: skip to its end
        for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
        break;
      case 0x3a: keys++; break;
      case 0x7b: case 0x5b: if (++open > JSON_DEPTH_MAX) tooDeep ??= bytes[i] === 0x7b ? '{' : '['; break;
      case 0x7d: case 0x5d: open--; break;
    }
  }
  return { keys, tooDeep };
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object') count += countKeys(element);
    return count;
  }
  for (const entry of Object.values(value)) count += typeof entry === 'object' ? 1 + countKeys(entry) : 1;
  return count;
}

/**
 * What strict decoding complains of, in document order: `unknown field "spec.foo"`, `duplicate field "data.k"`.
 * Duplicates inside unknown fields do not count: Go skips those.
 */
export function strictFaults(unknownFields: readonly string[], occurrences: readonly KeyOccurrence[] | undefined): string[] {
  const unknownFault = (path: string): string => `unknown field ${JSON.stringify(path)}`;
  if (occurrences === undefined) return unknownFields.map(unknownFault);
  const unknown = new Set(unknownFields);
  const faults = new Set<string>();
  for (const { path, repeated } of occurrences) {
    if (unknown.has(path)) faults.add(unknownFault(path));
    else if (repeated && !unknownFields.some((outer) => path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`))) faults.add(`duplicate field ${JSON.stringify(path)}`);
  }
  return [...faults].slice(0, 100); // Kubernetes collects no more
}

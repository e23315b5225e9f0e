import { isJsonObject } from '../json.ts';

/** One key as it stands in the text: where, and whether the same object had it before. */
export interface KeyOccurrence { path: string; repeated: boolean }

/**
 * Parses valid JSON anew, since some key stands twice. The text is known to be valid and not too deep, so the reader checks nothing.
 */
export function mergeDuplicateKeys(text: string): { value: unknown; occurrences: KeyOccurrence[] } {
  const reader = new DuplicateReader(text);
  const value = reader.value('');
  return { value, occurrences: reader.occurrences };
}

const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,:{}[\]]+/y;

class DuplicateReader {
  readonly occurrences: KeyOccurrence[] = [];
  readonly #text: string;
  #position = 0;

  constructor(text: string) { this.#text = text; }

  value(path: string): unknown {
    const first = this.#skipSpace();
    if (first === '{') return this.#object(path);
    return first === '[' ? this.#array(path) : this.#scalar();
  }

  #object(path: string): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#position++;
    while (this.#skipSpace() !== '}') {
      if (this.#text[this.#position] === ',') { this.#position++; continue; }
      const key = String(this.#scalar());
      const here = path === '' ? key : `${path}.${key}`;
      const repeated = Object.hasOwn(object, key);
      this.occurrences.push({ path: here, repeated });
      this.#skipSpace();
      this.#position++; // the colon
      const value = this.value(here);
      const merged = repeated && isJsonObject(object[key]) && isJsonObject(value) ? mergeObjects(object[key], value) : value;
      Object.defineProperty(object, key, { value: merged, enumerable: true, configurable: true, writable: true }); // __proto__ is a key like any other
    }
    this.#position++;
    return object;
  }

  #array(path: string): unknown[] {
    const array: unknown[] = [];
    this.#position++;
    while (this.#skipSpace() !== ']') {
      if (this.#text[this.#position] === ',') { this.#position++; continue; }
      array.push(this.value(`${path}[${array.length}]`));
    }
    this.#position++;
    return array;
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#position;
    const token = SCALAR.exec(this.#text)?.[0] ?? 'null';
    this.#position += token.length;
    return JSON.parse(token);
  }

  #skipSpace(): string {
    while (/\s/.test(this.#text.charAt(this.#position))) this.#position++;
    return this.#text.charAt(this.#position);
  }
}

/** As Go decodes a second value into the struct or map that the first one filled. */
function mergeObjects(first: Record<string, unknown>, second: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = merged[key];
    merged[key] = isJsonObject(before) && isJsonObject(value) ? mergeObjects(before, value) : value;
  }
  return merged;
}

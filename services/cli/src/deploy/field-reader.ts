import { repeatedIndexes } from '@kubernode/apimachinery';
import { nearestName } from '@kubernode/component-base';

interface TextRules { otherwise?: string; matching?: RegExp; want?: string }

/** Reads fields of a parsed file one by one. A fault is noted with its path and reading goes on, so that a user sees all of them at once. */
export class FieldReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #faults: string[];

  constructor(value: unknown, path: string, faults: string[]) {
    this.#path = path;
    this.#faults = faults;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.#value = isObject ? value as Record<string, unknown> : {}; // an object is one of unknown fields
    if (!isObject && value !== undefined && value !== null) faults.push(`${path === '' ? 'the file' : path}: want fields with values`);
  }

  /** Notes each field beside these. */
  known(...names: readonly string[]): this {
    for (const field of Object.keys(this.#value)) {
      if (names.includes(field)) continue;
      const nearest = nearestName(field, names);
      this.#note(field, `unknown field${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`);
    }
    return this;
  }

  object(field: string): FieldReader { return new FieldReader(this.#value[field], this.#at(field), this.#faults); }

  list(field: string): readonly FieldReader[] {
    const value = this.#value[field];
    if (Array.isArray(value) && value.length > 0) return value.map((one: unknown, i) => new FieldReader(one ?? '', `${this.#at(field)}[${i}]`, this.#faults));
    this.#note(field, value === undefined ? 'is missing' : 'want a list that is not empty');
    return [];
  }

  text(field: string, { otherwise, matching, want }: TextRules = {}): string {
    const value = this.#value[field];
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (value === undefined) { this.#note(field, 'is missing'); return ''; }
    if (typeof value !== 'string' || value === '') { this.#note(field, 'want a text that is not empty'); return ''; }
    if (matching !== undefined && !matching.test(value)) this.#note(field, `"${value}" is wrong; want ${want ?? String(matching)}`);
    return value;
  }

  oneOf(field: string, values: readonly string[]): void {
    const value = this.#value[field];
    if (value === undefined) this.#note(field, `is missing; want ${values.join(' or ')}`);
    else if (!values.includes(value as string)) this.#note(field, `want ${values.join(' or ')}`); // other types are in no list of texts
  }

  texts(field: string, { among, matching, want, atLeast = 0 }: { among?: readonly string[]; matching?: RegExp; want?: string; atLeast?: number }): string[] {
    const value = this.#value[field] ?? [];
    if (!Array.isArray(value) || value.length < atLeast) { this.#note(field, `want a list${among === undefined ? '' : ` of ${among.join(', ')}`}`); return []; }
    const repeated = repeatedIndexes(value.map((one) => JSON.stringify(one)));
    value.forEach((one: unknown, i) => {
      const fits = typeof one === 'string' && (among?.includes(one) ?? true) && (matching?.test(one) ?? true);
      if (!fits) this.#note(`${field}[${i}]`, `"${String(one)}" is wrong; want ${want ?? (among === undefined ? 'a text' : `one of ${among.join(', ')}`)}`);
      else if (repeated.has(i)) this.#note(`${field}[${i}]`, `"${one}" is there twice`);
    });
    return value as string[]; // what is no text was noted, and a file with faults is not used
  }

  textMap(field: string): Readonly<Record<string, string>> {
    const map = this.map(field);
    for (const [key, value] of Object.entries(map)) if (typeof value !== 'string') this.#note(`${field}.${key}`, 'want a text; put it in quotes');
    return map as Record<string, string>; // as above
  }

  map(field: string): Readonly<Record<string, unknown>> { return this.object(field).#value; }

  whole(field: string, { min, max }: { min: number; max: number }): number | undefined {
    const value = this.#value[field];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    this.#note(field, `want a whole number from ${min} to ${max}`);
    return undefined;
  }

  flag(field: string): boolean | undefined {
    const value = this.#value[field];
    if (value === undefined || typeof value === 'boolean') return value;
    this.#note(field, 'want true or false');
    return undefined;
  }

  #at(field: string): string { return this.#path === '' ? field : `${this.#path}.${field}`; }
  #note(field: string, fault: string): void { this.#faults.push(`${this.#at(field)}: ${fault}`); }
}

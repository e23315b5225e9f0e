import { UserError } from '@kubernode/component-base';

export type Fields = Readonly<Record<string, unknown>>;

/** What a configuration file may say, field by field: `true` for any value, a shape for an object, `[shape]` for a list of them. */
export type Shape = { readonly [field: string]: true | Shape | readonly [Shape] };

/** Throws when the document has a field that the shape does not know: a misspelt one would be ignored in silence. */
export function refuseUnknownFields(document: Fields, shape: Shape): void {
  const unknown = unknownFields(document, shape, '');
  if (unknown.length > 0) throw new UserError(`strict decoding error: ${unknown.map((one) => `unknown field "${one}"`).join(', ')}`);
}

function unknownFields(fields: Fields, shape: Shape, path: string): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const at = `${path}${name}`;
    if (inner === undefined) return [at];
    if (inner === true) return [];
    if (isList(inner)) return Array.isArray(value) ? value.flatMap((one, i) => (isFields(one) ? unknownFields(one, inner[0], `${at}[${i}].`) : [])) : [];
    return isFields(value) ? unknownFields(value, inner, `${at}.`) : [];
  });
}

function isList(shape: Shape | readonly [Shape]): shape is readonly [Shape] { return Array.isArray(shape); }

export function isFields(value: unknown): value is Fields { return typeof value === 'object' && value !== null && !Array.isArray(value); }

/** Reads fields of one object, with a clear word about those of the wrong type. */
export class FieldReader {
  readonly #fields: Fields;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (value !== undefined && value !== null && !isFields(value)) throw new UserError(`${path}: an object is expected`);
    this.#fields = value ?? {};
    this.#path = path;
  }

  has(name: string): boolean { return this.#fields[name] !== undefined && this.#fields[name] !== null; }
  raw(name: string): unknown { return this.#fields[name]; }
  text(name: string, fallback: string): string { return this.#read(name, 'string', fallback); }
  number(name: string, fallback: number): number { return this.#read(name, 'number', fallback); }
  flag(name: string, fallback: boolean): boolean { return this.#read(name, 'boolean', fallback); }
  object(name: string): FieldReader { return new FieldReader(this.#fields[name], this.#at(name)); }

  objects(name: string): FieldReader[] { return this.list(name).map((one, i) => new FieldReader(one, `${this.#at(name)}[${i}]`)); }
  texts(name: string): string[] { return this.list(name).map((one, i) => { if (typeof one !== 'string') throw new UserError(`${this.#at(name)}[${i}]: a string is expected`); return one; }); }

  list(name: string): readonly unknown[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw new UserError(`${this.#at(name)}: a list is expected`);
    return value as readonly unknown[]; // elements are judged by the caller
  }

  #read<T extends string | number | boolean>(name: string, type: 'string' | 'number' | 'boolean', fallback: T): T {
    const value = this.#fields[name];
    if (value === undefined || value === null) return fallback;
    if (typeof value !== type) throw new UserError(`${this.#at(name)}: a ${type} is expected`);
    return value as T; // of that type, as was just seen
  }

  #at(name: string): string { return this.#path === '' ? name : `${this.#path}.${name}`; }
}

/** A value that does not fit its field, in the words of Go's JSON decoder; the caller puts the kind in front. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}

/** Kubernetes collects no more. */
const UNKNOWN_FIELDS_MAX = 100;

/**
 * What one walk over an object gathers. As Go's decoder does, a value of the wrong type is remembered and the walk goes on, so
 * that a fault inside a quantity or a time further down is reported instead.
 */
export class DecodeContext {
  /** Names of struct fields from the root, without indices and map keys: how type errors name a field. */
  readonly fields: string[] = [];
  /** The struct whose field is being read. */
  struct = '';
  /** Whether `where` is kept; only then are unknown fields gathered. */
  readonly collecting: boolean;
  /** Whether what is read stands within another object. */
  readonly isEmbedded: boolean;
  readonly #where: string[] = [];
  readonly #unknown = new Set<string>();
  #firstFault: string | undefined;

  constructor(collecting: boolean, isEmbedded: boolean) {
    this.collecting = collecting;
    this.isEmbedded = isEmbedded;
  }

  get unknownFields(): string[] { return [...this.#unknown]; }

  enter(step: string | number): void {
    if (this.collecting) this.#where.push(typeof step === 'number' ? `[${step}]` : this.#where.length === 0 ? step : `.${step}`);
  }

  leave(): void {
    if (this.collecting) this.#where.pop();
  }

  unknown(field: string): void {
    if (this.collecting && this.#unknown.size < UNKNOWN_FIELDS_MAX) this.#unknown.add(this.#where.length === 0 ? field : `${this.#where.join('')}.${field}`);
  }

  /** Remembers that `found` (Go's word for it) stands where `type` is expected. */
  mismatch(found: string, type: string): undefined {
    this.fault(this.#mismatchText(found, type));
    return undefined;
  }

  /** The same inside a type that decodes itself: it ends the walk. */
  abort(found: string, type: string): never {
    throw new DecodeError(this.#mismatchText(found, type));
  }

  #mismatchText(found: string, type: string): string {
    return `json: cannot unmarshal ${found} into Go ${this.struct === '' ? 'value' : `struct field ${this.struct}.${this.fields.join('.')}`} of type ${type}`;
  }

  fault(message: string): void { this.#firstFault ??= message; }

  /** @throws DecodeError with the first fault. */
  finish(): void {
    if (this.#firstFault !== undefined) throw new DecodeError(this.#firstFault);
  }
}

/** Go's word for the kind of a JSON value. */
export function jsonWord(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

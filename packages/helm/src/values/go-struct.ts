import { formatValue } from './format-go.ts';
import { isEmpty, GoObject, type GoMethod, type Value } from './value.ts';

export interface StructShape {
  goType: string;
  goKind?: string;
  /** Field by Go's name, in order. */
  fields: Readonly<Record<string, Value>>;
  methods?: Readonly<Record<string, GoMethod>>;
  /** Names in JSON where they differ; those with '' are left out when empty. */
  json?: Readonly<Record<string, string>>;
  /** What its String method says. */
  text?: string;
}

/** A struct with exported fields, and methods. */
export class GoStruct extends GoObject {
  readonly goType: string;
  readonly goKind: string;
  readonly #shape: StructShape;

  constructor(shape: StructShape) {
    super();
    this.goType = shape.goType;
    this.goKind = shape.goKind ?? 'struct';
    this.#shape = shape;
  }

  member(name: string): Value | GoMethod | undefined {
    const { methods = {}, fields } = this.#shape;
    if (Object.hasOwn(methods, name)) return methods[name];
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
  }

  override print(): string { return this.#shape.text ?? this.format(); }
  format(): string { return `{${Object.values(this.#shape.fields).map(formatValue).join(' ')}}`; }

  toPlain(): Value {
    const { fields, json } = this.#shape;
    if (json === undefined) return new Map(Object.entries(fields));
    return new Map(Object.entries(fields).flatMap(([name, value]): [string, Value][] => (json[name] === undefined ? [[name, value]] : isEmpty(value) ? [] : [[json[name], value]])));
  }
}

/** Bytes of a file: a []byte. */
export class Bytes extends GoObject {
  readonly goType = '[]uint8';
  readonly goKind = 'slice';
  readonly bytes: Buffer;

  constructor(bytes: Buffer) { super(); this.bytes = bytes; }

  member(): undefined { return undefined; }
  format(): string { return `[${Array.from(this.bytes).join(' ')}]`; }
  toPlain(): Value { return this.bytes.toString('base64'); }
  override get isEmpty(): boolean { return this.bytes.length === 0; }
}

/** A method without parameters. */
export function getter(get: () => Value): GoMethod { return { params: [], call: get }; }

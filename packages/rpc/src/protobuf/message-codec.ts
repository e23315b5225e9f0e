import { MessageReader } from './message-reader.ts';
import { ReverseWriter } from './reverse-writer.ts';

/**
 * A field of a message: its number, its name, its type (a scalar of protobuf, `map` for text by text, or the name of a message or an enum),
 * and whether there may be many.
 */
export type FieldSpec = readonly [number: number, name: string, type: string, rule?: 'repeated'];

/** The messages and enums of a contract, by name. Enums: values by name, the one of 0 first. */
export interface MessageTable {
  readonly messages: Readonly<Record<string, readonly FieldSpec[]>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

type Message = Record<string, unknown>;

/** How one kind of value is written and read. */
interface ValueCodec {
  /** Also values that are protobuf's default, which `isDefault` knows. */
  write(writer: ReverseWriter, field: number, value: unknown): void;
  read(reader: MessageReader): unknown;
  isDefault(value: unknown): boolean;
  /** What a message that was received has where nothing was sent. */
  empty: unknown;
  /** Many of it come packed into one piece. */
  packs?: true;
}

interface Field { number: number; name: string; codec: ValueCodec; many: boolean }

const NO_BYTES = Buffer.alloc(0);
const NONE: readonly unknown[] = Object.freeze([]);
const NO_ENTRIES: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Messages of a contract to and from protobuf's bytes, by tables instead of generated code. Of a message that is sent every field may be
 * left out; one that was received has every field: its default, or null for a message. 64-bit numbers are decimal text, enums their names.
 */
export class MessageCodec {
  readonly #table: MessageTable;
  readonly #fields = new Map<string, readonly Field[]>();
  readonly #byNumber = new Map<string, readonly (Field | undefined)[]>();

  constructor(table: MessageTable) { this.#table = table; }

  /** With gRPC's five bytes before it. */
  encode(type: string, message: object): Buffer {
    const writer = new ReverseWriter();
    this.#write(writer, this.#fieldsOf(type), message as Message); // read field by field, by the table
    return writer.finishFramed();
  }

  /** Throws for bytes that are no such message. */
  decode(type: string, bytes: Buffer): unknown { return this.#read(type, new MessageReader(bytes)); }

  #write(writer: ReverseWriter, fields: readonly Field[], message: Message): void {
    for (let i = fields.length - 1; i >= 0; i--) {
      const { number, name, codec, many } = fields[i] as Field; // within bounds
      const value = message[name];
      if (value === undefined || value === null) continue;
      if (!many) { if (!codec.isDefault(value)) codec.write(writer, number, value); continue; }
      const values = value as readonly unknown[]; // repeated by the table
      for (let j = values.length - 1; j >= 0; j--) codec.write(writer, number, values[j]);
    }
  }

  #read(type: string, reader: MessageReader): Message {
    const fields = this.#fieldsOf(type);
    const byNumber = this.#byNumber.get(type) ?? [];
    const message: Message = {};
    for (const { name, codec, many } of fields) message[name] = many ? NONE : codec.empty;
    while (reader.next()) {
      const field = byNumber[reader.field];
      if (field === undefined) continue; // of a newer contract
      const { name, codec, many } = field;
      if (codec === TEXT_MAP) message[name] = { ...(message[name] as object), ...(codec.read(reader) as object) }; // entries, one at a time
      else if (!many) message[name] = codec.read(reader);
      else if (codec.packs && reader.isPacked) message[name] = [...(message[name] as unknown[]), ...unpack(reader.message(), codec)];
      else if (message[name] === NONE) message[name] = [codec.read(reader)];
      else (message[name] as unknown[]).push(codec.read(reader));
    }
    return message;
  }

  #fieldsOf(type: string): readonly Field[] {
    const known = this.#fields.get(type);
    if (known !== undefined) return known;
    const specs = this.#table.messages[type];
    if (specs === undefined) throw new Error(`broken invariant: no message ${type} in the contract`);
    const fields: Field[] = [];
    this.#fields.set(type, fields); // before those it refers to, which may refer to it
    const byNumber: (Field | undefined)[] = [];
    for (const [number, name, kind, rule] of specs) {
      const field = { number, name, codec: this.#codecOf(kind), many: rule === 'repeated' };
      fields.push(field);
      byNumber[number] = field;
    }
    this.#byNumber.set(type, byNumber);
    return fields;
  }

  #codecOf(type: string): ValueCodec {
    const scalar = SCALARS[type];
    if (scalar !== undefined) return scalar;
    const values = this.#table.enums[type];
    return values === undefined ? this.#nested(type) : enumCodec(values);
  }

  #nested(type: string): ValueCodec {
    return {
      empty: null, isDefault: () => false,
      write: (writer, field, value) => { writer.message(field, () => this.#write(writer, this.#fieldsOf(type), value as Message)); }, // of that type by the table
      read: (reader) => this.#read(type, reader.message()),
    };
  }
}

function* unpack(reader: MessageReader, codec: ValueCodec): Generator<unknown> { while (reader.more()) yield codec.read(reader); }

const TEXT: ValueCodec = {
  empty: '', isDefault: (value) => value === '', read: (reader) => reader.string(),
  write: (writer, field, value) => { if (value === '') writer.message(field, () => undefined); else writer.string(field, value as string); }, // the table says text
};

/** Entries are messages of a key and a value. */
const TEXT_MAP: ValueCodec = {
  empty: NO_ENTRIES, isDefault: () => false,
  write: (writer, field, value) => {
    for (const [key, text] of Object.entries(value as Record<string, string>).reverse()) writer.message(field, () => { writer.string(2, text).string(1, key); }); // the table says map
  },
  read: (reader) => {
    const entry = reader.message();
    let key = '', text = '';
    while (entry.next()) if (entry.field === 1) key = entry.string(); else if (entry.field === 2) text = entry.string();
    return { [key]: text };
  },
};

const BYTES: ValueCodec = {
  empty: NO_BYTES, isDefault: (value) => (value as Buffer).length === 0, read: (reader) => reader.bytes(),
  write: (writer, field, value) => { if ((value as Buffer).length === 0) writer.message(field, () => undefined); else writer.bytes(field, value as Buffer); }, // the table says bytes
};

const DOUBLE: ValueCodec = { empty: 0, isDefault: (value) => value === 0, packs: true, read: (reader) => reader.double(), write: (writer, field, value) => { writer.double(field, value as number); } }; // the table says double

const SCALARS: Readonly<Record<string, ValueCodec>> = {
  string: TEXT, map: TEXT_MAP, bytes: BYTES, double: DOUBLE,
  bool: { empty: false, isDefault: (value) => value === false, packs: true, read: (reader) => reader.bigint() !== 0n, write: (writer, field, value) => { writer.varint(field, value === true ? 1 : 0); } },
  int32: wholeNumber(0, (value) => Number(BigInt.asIntN(32, value))), uint32: wholeNumber(0, (value) => Number(BigInt.asUintN(32, value))),
  int64: wholeNumber('0', (value) => String(BigInt.asIntN(64, value))), uint64: wholeNumber('0', (value) => String(BigInt.asUintN(64, value))),
};

function wholeNumber(empty: number | string, of: (value: bigint) => number | string): ValueCodec {
  return { empty, isDefault: (value) => Number(value) === 0, packs: true, read: (reader) => of(reader.bigint()), write: (writer, field, value) => { writer.varint(field, wholeOf(value as number | string)); } }; // the table says a number
}

/** Small ones without the detour over bigint. */
function wholeOf(value: number | string): number | bigint {
  const number = Number(value);
  return number >= 0 && Number.isSafeInteger(number) ? number : BigInt(value);
}

/** Values that nobody has named stay numbers. */
function enumCodec(values: Readonly<Record<string, number>>): ValueCodec {
  const names = new Map(Object.entries(values).map(([name, value]) => [value, name]));
  const numberOf = (value: unknown): number => (typeof value === 'number' ? value : values[value as string] ?? 0); // a name of the table
  return {
    empty: names.get(0) ?? 0, isDefault: (value) => numberOf(value) === 0, packs: true,
    write: (writer, field, value) => { writer.varint(field, numberOf(value)); },
    read: (reader) => { const value = Number(BigInt.asIntN(32, reader.bigint())); return names.get(value) ?? value; },
  };
}

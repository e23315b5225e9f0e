import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE, type HeaderField } from './static-table.ts';

/** The block cannot be read, so the tables of both sides differ from now on: the end of the connection. */
export class HeaderBlockError extends Error {}

/** What the client may use as its table, in HPACK's count of bytes; the protocol's default. */
const TABLE_BYTES_MAX = 4096;
/** What HPACK counts for an entry beside its text. */
const ENTRY_BYTES = 32;
/** Lengths and indexes beyond this are nobody's; keeps shifts within 32 bits. */
const INTEGER_MAX = 2 ** 28;
/** Dropped places at the table's old end are given back when they are this many. */
const DROPPED_MAX = 64;

const NAME = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;
const BAD_VALUE = /[\0\r\n]/;

interface Entry extends HeaderField { readonly isValid: boolean }

/** What a block holds. `isValid` is false when a name or value has characters that it must not; `isTooLarge` when the list was cut. */
export interface HeaderList { fields: HeaderField[]; isValid: boolean; isTooLarge: boolean }

/** Reads the header blocks of one connection, in order: each may refer to fields of those before (RFC 7541). */
export class HeaderDecoder {
  readonly #listBytesMax: number;
  /** The dynamic table, newest last; places before `#first` are dropped. */
  #entries: Entry[] = [];
  #first = 0;
  #tableBytes = 0;
  #tableBytesMax = TABLE_BYTES_MAX;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Lists longer than `listBytesMax` are read but cut. */
  constructor({ listBytesMax }: { listBytesMax: number }) { this.#listBytesMax = listBytesMax; }

  /** Throws HeaderBlockError. */
  decode(block: Buffer): HeaderList {
    this.#block = block;
    this.#at = 0;
    const list: HeaderList = { fields: [], isValid: true, isTooLarge: false };
    let bytes = 0;
    while (this.#at < block.length) {
      const entry = this.#next(list.fields.length === 0);
      if (entry === undefined) continue;
      if (!entry.isValid) list.isValid = false;
      bytes += sizeOf(entry);
      if (bytes > this.#listBytesMax) list.isTooLarge = true; else list.fields.push(entry);
    }
    return list;
  }

  /** The next field; undefined after a change of the table's size, which may only stand at a block's beginning. */
  #next(isBeginning: boolean): Entry | undefined {
    const first = this.#block[this.#at] as number; // the caller has looked
    if (first & 0x80) return this.#entry(this.#integer(7));
    if ((first & 0xe0) === 0x20) {
      const size = this.#integer(5);
      if (!isBeginning || size > TABLE_BYTES_MAX) throw new HeaderBlockError('a change of the table size that is not allowed');
      this.#tableBytesMax = size;
      this.#evict();
      return undefined;
    }
    const isIndexed = (first & 0x40) !== 0;
    const nameIndex = this.#integer(isIndexed ? 6 : 4);
    const known = nameIndex === 0 ? undefined : this.#entry(nameIndex);
    const name = known?.name ?? this.#string();
    const value = this.#string();
    const entry = { name, value, isValid: (known === undefined ? NAME.test(name) : known.isValid) && !BAD_VALUE.test(value) };
    if (isIndexed) this.#add(entry);
    return entry;
  }

  #entry(index: number): Entry {
    const known = STATIC_ENTRIES[index - 1];
    if (known !== undefined) return known;
    const place = this.#entries.length - (index - STATIC_ENTRIES.length);
    const entry = index === 0 || place < this.#first ? undefined : this.#entries[place];
    if (entry === undefined) throw new HeaderBlockError(`no field has the index ${index}`);
    return entry;
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    this.#tableBytes += sizeOf(entry);
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableBytesMax) this.#tableBytes -= sizeOf(this.#entries[this.#first++] as Entry); // bytes are left, so entries are
    if (this.#first < DROPPED_MAX) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  #integer(prefixBits: number): number {
    const prefix = (1 << prefixBits) - 1;
    let value = this.#byte() & prefix;
    if (value < prefix) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (value > INTEGER_MAX) throw new HeaderBlockError('a number that is too large');
      if (byte < 0x80) return value;
      if (shift > 28) throw new HeaderBlockError('a number without end');
    }
  }

  #string(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new HeaderBlockError('a string that goes beyond its block');
    this.#at = end;
    if (!isHuffman) return this.#block.toString('latin1', start, end);
    const text = decodeHuffman(this.#block, start, end);
    if (text === undefined) throw new HeaderBlockError('a string that is not Huffman-coded as it says');
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new HeaderBlockError('a block that ends in the middle');
    return byte;
  }
}

const STATIC_ENTRIES: readonly Entry[] = STATIC_TABLE.map((field) => ({ ...field, isValid: true }));

function sizeOf({ name, value }: HeaderField): number { return name.length + value.length + ENTRY_BYTES; }

import { STATIC_NAMES, STATIC_TABLE } from './static-table.ts';

/** Statuses that stand in the static table with their value. */
const STATUS_INDEXES: ReadonlyMap<number, number> = new Map(STATIC_TABLE.flatMap(({ name, value }, index) => (name === ':status' ? [[Number(value), index + 1] as const] : [])));
const STATUS_NAME_INDEX = STATIC_NAMES.get(':status') ?? 0;
/** "The table has no entries from now on": for clients that asked for a smaller one. */
const EMPTY_TABLE = 0x20;

let scratch = Buffer.allocUnsafeSlow(8192);
let used = 0;

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/**
 * A response's header block. Never uses the dynamic table: blocks then depend on nothing that was sent before, and a connection holds no
 * table for them; the few bytes saved are not worth either. Names in lower case; values one character a byte.
 * The result is valid until the next call.
 */
export function encodeHeaders(status: number, headers: HeaderPairs, { emptyTable = false }: { emptyTable?: boolean } = {}): Buffer {
  used = 0;
  reserve(16);
  if (emptyTable) scratch[used++] = EMPTY_TABLE;
  const index = STATUS_INDEXES.get(status);
  if (index !== undefined) scratch[used++] = 0x80 | index;
  else { integer(STATUS_NAME_INDEX, 4); string(String(status)); }
  for (const [name, value] of headers) field(name, value);
  return scratch.subarray(0, used);
}

/** A piece of a header block, of literals alone: pieces may be kept, and put together in any order. */
export function encodeFields(headers: HeaderPairs): Buffer {
  used = 0;
  for (const [name, value] of headers) field(name, value);
  return Buffer.from(scratch.subarray(0, used));
}

/** A literal that is not to be put into the table, its name from the static table where it is there. */
function field(name: string, value: string): void {
  reserve(name.length + value.length + 16);
  const index = STATIC_NAMES.get(name);
  integer(index ?? 0, 4);
  if (index === undefined) string(name);
  string(value);
}

function string(text: string): void {
  integer(text.length, 7);
  used += scratch.write(text, used, 'latin1');
}

function integer(value: number, prefixBits: number): void {
  const prefix = (1 << prefixBits) - 1;
  if (value < prefix) { scratch[used++] = value; return; }
  scratch[used++] = prefix;
  let rest = value - prefix;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) scratch[used++] = 0x80 | (rest & 0x7f);
  scratch[used++] = rest;
}

function reserve(bytes: number): void {
  if (used + bytes <= scratch.length) return;
  const grown = Buffer.allocUnsafeSlow((used + bytes) * 2);
  scratch.copy(grown, 0, 0, used);
  scratch = grown;
}

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const FIXED_64 = 1;
const VARINT_MORE = 0x80;
const VARINT_BITS = 7;

/** One field of a protobuf message, encoded. Absent values are empty buffers, as proto3 leaves them out. */
export function stringField(number: number, value: string | undefined): Buffer {
  return value === undefined || value === '' ? EMPTY : bytesField(number, Buffer.from(value));
}

export function boolField(number: number, value: boolean | undefined): Buffer {
  return value === true ? chosenBool(number, true) : EMPTY;
}

export function doubleField(number: number, value: number): Buffer {
  return value === 0 ? EMPTY : chosenDouble(number, value);
}

/** Fields that say which of several a message holds: they are written even when they say nothing else. */
export function chosenBool(number: number, value: boolean): Buffer {
  return Buffer.from([...varint((number << 3) | VARINT), value ? 1 : 0]);
}

export function chosenDouble(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([Buffer.from(varint((number << 3) | FIXED_64)), bytes]);
}

/** Of whole numbers above zero; others are left out. */
export function integerField(number: number, value: number): Buffer {
  return Number.isSafeInteger(value) && value > 0 ? Buffer.from([...varint((number << 3) | VARINT), ...varint(value)]) : EMPTY;
}

/** A message that is present even when it is empty. */
export function messageField(number: number, parts: readonly Buffer[]): Buffer {
  return bytesField(number, Buffer.concat(parts));
}

export function bytesField(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...varint((number << 3) | LENGTH_DELIMITED), ...varint(value.length)]), value]);
}

const EMPTY = Buffer.alloc(0);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= VARINT_MORE) {
    bytes.push((rest % VARINT_MORE) | VARINT_MORE);
    rest = Math.floor(rest / (1 << VARINT_BITS));
  }
  bytes.push(rest);
  return bytes;
}

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const VARINT_MORE = 0x80;
const VARINT_BITS = 7;

/** One field of a protobuf message, encoded. Absent values are empty buffers, as proto3 leaves them out. */
export function stringField(number: number, value: string | undefined): Buffer {
  return value === undefined || value === '' ? EMPTY : bytesField(number, Buffer.from(value));
}

export function boolField(number: number, value: boolean | undefined): Buffer {
  return value === true ? Buffer.from([...varint((number << 3) | VARINT), 1]) : EMPTY;
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

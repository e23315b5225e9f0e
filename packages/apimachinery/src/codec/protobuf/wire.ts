/** Wire types of protobuf that Kubernetes uses. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;

/**
 * Writes a message from its end to its start, so that lengths are known when they are written: fields go in from the last to
 * the first, contents before their tag.
 */
export class WireWriter {
  #buffer: Buffer;
  #start: number;

  constructor(sizeHint = 1024) {
    this.#buffer = Buffer.allocUnsafe(sizeHint);
    this.#start = sizeHint;
  }

  /** Bytes written so far; the difference of two lengths is what was written between. */
  get length(): number { return this.#buffer.length - this.#start; }

  finish(): Buffer { return this.#buffer.subarray(this.#start); }

  tag(id: number, wireType: number): void { this.varint(id * 8 + wireType); }

  varint(value: number): void {
    if (value < 0 || value >= TWO_32) { this.#bigVarint(BigInt.asUintN(64, BigInt(value))); return; }
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
    let at = this.#reserve(size);
    let rest = value;
    for (; size > 1; size--) { this.#buffer[at++] = (rest & 0x7f) | 0x80; rest = Math.floor(rest / 128); }
    this.#buffer[at] = rest;
  }

  #bigVarint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80n) { bytes.push(Number(rest & 0x7fn) | 0x80); rest >>= 7n; }
    bytes.push(Number(rest));
    this.bytes(Buffer.from(bytes));
  }

  double(value: number): void {
    const at = this.#reserve(8); // before #buffer is looked at: it may be another one afterwards
    this.#buffer.writeDoubleLE(value, at);
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    const at = this.#reserve(size);
    this.#buffer.write(value, at, size);
  }

  #reserve(size: number): number {
    if (size > this.#start) this.#grow(size);
    this.#start -= size;
    return this.#start;
  }

  #grow(size: number): void {
    const used = this.length;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + size));
    this.#buffer.copy(grown, grown.length - used, this.#start);
    this.#start = grown.length - used;
    this.#buffer = grown;
  }
}

/** Bytes that are no message of the expected kind. */
export class WireError extends Error {}

/** Reads a message from a buffer; every read is checked against its end. */
export class WireReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #position: number;

  constructor(buffer: Buffer, start = 0, end: number = buffer.length) {
    this.#buffer = buffer;
    this.#position = start;
    this.#end = end;
  }

  get done(): boolean { return this.#position >= this.#end; }

  /** An unsigned varint below 2^53, or a signed int64: negative numbers take ten bytes. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    return this.#bigVarint(BigInt(value));
  }

  #bigVarint(low: bigint): number {
    let value = low;
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new WireError('integer overflow');
  }

  double(): number { return this.#buffer.readDoubleLE(this.#take(8)); }

  bytes(): Buffer {
    const length = this.varint();
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  text(): string {
    const length = this.varint();
    const start = this.#take(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  message(): WireReader {
    const length = this.varint();
    const start = this.#take(length);
    return new WireReader(this.#buffer, start, start + length);
  }

  skip(wireType: number): void {
    switch (wireType) {
      case VARINT: this.varint(); break;
      case FIXED64: this.#take(8); break;
      case BYTES: this.#take(this.varint()); break;
      case FIXED32: this.#take(4); break;
      default: throw new WireError(`proto: illegal wireType ${wireType}`);
    }
  }

  #byte(): number { return this.#buffer[this.#take(1)] ?? 0; }

  #take(size: number): number {
    const start = this.#position;
    if (size < 0 || start + size > this.#end) throw new WireError('unexpected EOF');
    this.#position = start + size;
    return start;
  }
}

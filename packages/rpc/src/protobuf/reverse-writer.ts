import { WireType } from './wire-type.ts';

const INITIAL_SIZE = 512;

/**
 * Writes a message from its end to its beginning, so that the length of a nested message is known when it has to be written.
 * Fields therefore are given in reverse; fields with protobuf's default value are left out.
 *
 *     buffer: [ free … | tag len tag value ]      `#at` moves left
 */
export class ReverseWriter {
  #buffer: Buffer;
  #at: number;

  /** `sizeHint`: about how many bytes of values there will be. */
  constructor(sizeHint = 0) {
    this.#buffer = Buffer.allocUnsafe(INITIAL_SIZE + sizeHint);
    this.#at = this.#buffer.length;
  }

  string(field: number, value: string | undefined): this {
    if (value === undefined || value === '') return this;
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    this.#buffer.write(value, this.#at);
    return this.#head(field, length);
  }

  bytes(field: number, value: Buffer): this {
    if (value.length === 0) return this;
    this.#reserve(value.length);
    this.#at -= value.length;
    value.copy(this.#buffer, this.#at);
    return this.#head(field, value.length);
  }

  int(field: number, value: number | bigint | undefined): this {
    return value === undefined || value === 0 || value === 0n ? this : this.varint(field, value);
  }

  /** A number also when it is 0, as one of many may be. */
  varint(field: number, value: number | bigint): this {
    this.#varint(value);
    this.#varint(field << 3 | WireType.VARINT);
    return this;
  }

  double(field: number, value: number): this {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
    this.#varint(field << 3 | WireType.FIXED64);
    return this;
  }

  fixed64(field: number, value: bigint): this {
    if (value === 0n) return this;
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
    this.#varint(field << 3 | WireType.FIXED64);
    return this;
  }

  bool(field: number, value: boolean | undefined): this { return this.int(field, value === true ? 1 : 0); }

  /** A nested message, also when it is empty: its presence may mean something. */
  message(field: number, write: () => void): this {
    const end = this.#buffer.length - this.#at; // counted from the end, since growing moves the rest
    write();
    return this.#head(field, this.#buffer.length - this.#at - end);
  }

  /** What was written. */
  finish(): Buffer { return this.#buffer.subarray(this.#at); }

  /** What was written, after gRPC's five bytes: not compressed, length. */
  finishFramed(): Buffer {
    this.#reserve(5);
    const length = this.#buffer.length - this.#at;
    this.#at -= 5;
    this.#buffer[this.#at] = 0;
    this.#buffer.writeUInt32BE(length, this.#at + 1);
    return this.#buffer.subarray(this.#at);
  }

  #head(field: number, length: number): this {
    this.#varint(length);
    this.#varint(field << 3 | WireType.BYTES);
    return this;
  }

  #varint(value: number | bigint): void {
    this.#reserve(10);
    if (typeof value === 'bigint') {
      const groups: number[] = [];
      let rest = BigInt.asUintN(64, value);
      do { groups.push(Number(rest & 0x7fn)); rest >>= 7n; } while (rest > 0n);
      this.#at -= groups.length;
      groups.forEach((group, index) => { this.#buffer[this.#at + index] = index < groups.length - 1 ? group | 0x80 : group; });
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
    this.#at -= length;
    let at = this.#at, rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[at++] = rest % 128 | 0x80;
    this.#buffer[at] = rest;
  }

  #reserve(count: number): void {
    if (this.#at >= count) return;
    const used = this.#buffer.length - this.#at;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + count));
    this.#buffer.copy(grown, grown.length - used, this.#at);
    this.#buffer = grown;
    this.#at = grown.length - used;
  }
}

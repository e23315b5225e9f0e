import { EtcdError } from './etcd-error.ts';

/** Protobuf's wire format by hand: a handful of small messages do not need a library, and a call costs a third as much. */

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;
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
    this.#varint(field << 3 | VARINT);
    return this;
  }

  double(field: number, value: number): this {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
    this.#varint(field << 3 | FIXED64);
    return this;
  }

  fixed64(field: number, value: bigint): this {
    if (value === 0n) return this;
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
    this.#varint(field << 3 | FIXED64);
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
    this.#varint(field << 3 | BYTES);
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

/** Reads one message field by field: `while (reader.next()) switch (reader.field) …`; what is not read is skipped. */
export class MessageReader {
  readonly #buffer: Buffer;
  #at: number;
  readonly #end: number;
  #field = 0;
  #wireType = -1;
  #isRead = true;

  constructor(buffer: Buffer, start = 0, end: number = buffer.length) { this.#buffer = buffer; this.#at = start; this.#end = end; }

  get field(): number { return this.#field; }

  next(): boolean {
    if (!this.#isRead) this.#skip();
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.#field = tag >>> 3;
    this.#wireType = tag & 7;
    this.#isRead = false;
    return true;
  }

  /** A whole number that JavaScript can hold exactly; others are refused, not rounded. */
  int(): number {
    this.#isRead = true;
    return this.#varint();
  }

  bool(): boolean { return this.int() !== 0; }

  /** The field is one piece of many numbers without tags, to be read by `message()` and `more()`. */
  get isPacked(): boolean { return this.#wireType === BYTES; }

  /** Whether there is another number in a packed piece. */
  more(): boolean { return this.#at < this.#end; }

  double(): number {
    this.#isRead = true;
    if (this.#at + 8 > this.#end) throw malformed();
    this.#at += 8;
    return this.#buffer.readDoubleLE(this.#at - 8);
  }

  bigint(): bigint {
    this.#isRead = true;
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const [start, end] = this.#span();
    return this.#buffer.subarray(start, end);
  }

  string(): string {
    const [start, end] = this.#span();
    return this.#buffer.toString('utf8', start, end);
  }

  message(): MessageReader {
    const [start, end] = this.#span();
    return new MessageReader(this.#buffer, start, end);
  }

  #span(): [number, number] {
    this.#isRead = true;
    const length = this.#varint();
    const start = this.#at;
    if (start + length > this.#end) throw malformed();
    this.#at = start + length;
    return [start, this.#at];
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    if (!Number.isSafeInteger(value)) throw new EtcdError({ code: 'protocol', message: 'a number of etcd is beyond 2^53' });
    return value;
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#buffer[this.#at++] : undefined;
    if (byte === undefined) throw malformed();
    return byte;
  }

  #skip(): void {
    this.#isRead = true;
    switch (this.#wireType) {
      case VARINT: while (this.#byte() >= 0x80); break;
      case FIXED64: this.#at += 8; break;
      case BYTES: this.#span(); break;
      case FIXED32: this.#at += 4; break;
      default: throw malformed();
    }
  }
}

function malformed(): EtcdError { return new EtcdError({ code: 'protocol', message: 'malformed message from etcd', fateUnknown: true }); }

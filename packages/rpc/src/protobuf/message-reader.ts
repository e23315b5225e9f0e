import { WireType } from './wire-type.ts';

/** Bytes that are no message, or none that can be read without a loss. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
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
  get isPacked(): boolean { return this.#wireType === WireType.BYTES; }

  /** Whether there is another number in a packed piece. */
  more(): boolean { return this.#at < this.#end; }

  double(): number {
    this.#isRead = true;
    if (this.#at + 8 > this.#end) throw new MalformedMessageError('malformed message');
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
    if (start + length > this.#end) throw new MalformedMessageError('malformed message');
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
    if (!Number.isSafeInteger(value)) throw new MalformedMessageError('a number is beyond 2^53');
    return value;
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#buffer[this.#at++] : undefined;
    if (byte === undefined) throw new MalformedMessageError('malformed message');
    return byte;
  }

  #skip(): void {
    this.#isRead = true;
    switch (this.#wireType) {
      case WireType.VARINT: while (this.#byte() >= 0x80); break;
      case WireType.FIXED64: this.#at += 8; break;
      case WireType.BYTES: this.#span(); break;
      case WireType.FIXED32: this.#at += 4; break;
      default: throw new MalformedMessageError('malformed message');
    }
  }
}

import { MalformedMessageError, MessageReader } from './message-reader.ts';
import { ReverseWriter } from './reverse-writer.ts';

const body = (writer: ReverseWriter): Buffer => writer.finishFramed().subarray(5);

describe('protobuf by hand', () => {
  test.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])('numbers come back: %d', (value) => {
    const reader = new MessageReader(body(new ReverseWriter().int(2, value).string(1, 'x')));
    const seen: number[] = [];
    while (reader.next()) if (reader.field === 2) seen.push(reader.int());
    expect(seen).toEqual(value === 0 ? [] : [value]);
  });

  test.each([1n, 2n ** 62n + 7n, -1n])('64-bit numbers come back: %s', (value) => {
    const reader = new MessageReader(body(new ReverseWriter().int(1, value)));
    reader.next();
    expect(reader.bigint()).toBe(value);
  });

  test('a number beyond 2^53 is refused, not rounded', () => {
    const reader = new MessageReader(body(new ReverseWriter().int(1, 2n ** 60n + 1n)));
    reader.next();
    expect(() => reader.int()).toThrow('beyond 2^53');
  });

  test.each([['cut short', '0a05'], ['an unknown wire type', '7f00'], ['an endless number', '08ffffffffffffffffffffffff']])('a message that is %s is refused', (_, hex) => {
    const reader = new MessageReader(Buffer.from(hex, 'hex'));
    expect(() => { while (reader.next()) if (reader.field === 1) reader.bytes(); }).toThrow(MalformedMessageError);
  });
});

import { decodeRange, decodeTxn, encodeTxn } from './kv-messages.ts';
import { MessageReader, ReverseWriter } from './protobuf.ts';

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

  test('a transaction is the bytes that protobuf prescribes, also when the buffer grows', () => {
    const value = Buffer.alloc(5_000, 'v');
    const encoded = encodeTxn({ compare: [{ key: 'k', target: 'modRevision', equals: 300 }], success: [{ kind: 'put', key: 'k', value, lease: 1n }], failure: [{ kind: 'range', key: 'k' }] });
    expect(encoded.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, encoded.length - 5 >> 8, encoded.length - 5 & 0xff]));
    const expected = [
      '0a08', '1002', '1a016b', '30ac02', // compare: target MOD, key, mod_revision 300
      '129327', '129027', '0a016b', '128827', value.toString('hex'), '1801', // success: put, key, value, lease
      '1a05', '0a03', '0a016b', // failure: range, key
    ].join('');
    expect(encoded.toString('hex', 5) === expected).toBe(true); // 10 KB of hexadecimal would not help in a failure's text
  });

  test.each([['cut short', '0a05'], ['an unknown wire type', '7f00'], ['an endless number', 'ffffffffffffffffffffffff']])('a message that is %s is a typed error', (_, hex) => {
    expect(() => decodeRange(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ name: 'EtcdError', code: 'protocol' }));
  });

  test('fields that are not known are skipped', () => {
    expect(decodeTxn(Buffer.from('0a02180710017a0161a50100000000a10100000000000000002a00', 'hex'))).toEqual({ revision: 7, succeeded: true, results: [] });
  });
});

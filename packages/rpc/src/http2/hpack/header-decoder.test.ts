import fc from 'fast-check';
import { HeaderBlockError, HeaderDecoder } from './header-decoder.ts';
import { encodeHeaders } from './header-encoder.ts';

const decoder = (): HeaderDecoder => new HeaderDecoder({ listBytesMax: 64 * 1024 });
const pairs = (one: HeaderDecoder, hex: string): string[] => one.decode(Buffer.from(hex, 'hex')).fields.map(({ name, value }) => `${name}: ${value}`);

test('HeaderDecoder reads the Huffman-coded requests of RFC 7541, C.4, each with the fields of those before it', () => {
  const one = decoder();
  const request = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
  expect(pairs(one, '828684418cf1e3c2e5f23a6ba0ab90f4ff')).toEqual(request);
  expect(pairs(one, '828684be5886a8eb10649cbf')).toEqual([...request, 'cache-control: no-cache']);
  expect(pairs(one, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf')).toEqual([':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value']);
});

test('HeaderDecoder evicts the oldest fields when the client makes the table smaller', () => {
  const one = decoder();
  pairs(one, '400161017840016201794001630178'); // a: x, b: y, c: x; 34 bytes each
  expect(pairs(one, '3f25bebf')).toEqual(['c: x', 'b: y']); // room for 68
  expect(() => pairs(one, 'c0')).toThrow(HeaderBlockError);
  expect(pairs(one, '20')).toEqual([]);
  expect(() => pairs(one, 'be')).toThrow(HeaderBlockError);
});

test('HeaderDecoder gives places back and still finds the newest fields', () => {
  const one = decoder();
  for (let i = 0; i < 1000; i++) one.decode(Buffer.concat([Buffer.from([0x40, 2]), Buffer.from('ab'), Buffer.from([4]), Buffer.from(String(1000 + i))]));
  expect(pairs(one, 'bebf')).toEqual(['ab: 1999', 'ab: 1998']);
});

test.each([
  ['index 0', '80'],
  ['an index that no table has', 'ff8001'],
  ['a string beyond its block', '4005616263'],
  ['a block that ends in a number', 'ff'],
  ['a number without end', 'ffffffffffffffffff'],
  ['Huffman padding of eight bits', '40820fff0161'],
  ['Huffman padding of zeros', '4081180161'],
  ['the symbol that ends strings', '4084ffffffff0161'],
  ['a table size that was not offered', '3fe2ff03'],
  ['a table size behind a field', '8220'],
])('HeaderDecoder refuses %s', (_, hex) => {
  expect(() => decoder().decode(Buffer.from(hex, 'hex'))).toThrow(HeaderBlockError);
});

test.each([
  ['an upper-case name', [['Accept', 'x']]],
  ['a line end in a value', [['accept', 'x\r\ny: z']]],
  ['a blank in a name', [['a b', 'x']]],
] as const)('HeaderDecoder marks %s as not valid', (_, headers) => {
  expect(decoder().decode(Buffer.from(encodeHeaders(200, headers))).isValid).toBe(false);
});

test('HeaderDecoder cuts lists that are too long, so that few bytes cannot become many', () => {
  const bomb = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4000, 'x'), Buffer.alloc(10_000, 0xbe)]); // one field of 4,000 bytes, 10,000 times
  const { fields, isTooLarge } = decoder().decode(bomb);
  expect([fields.length < 20, isTooLarge]).toEqual([true, true]);
});

test('what encodeHeaders writes is what HeaderDecoder reads', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/);
  const value = fc.string({ maxLength: 5000, unit: 'grapheme-ascii' }).map((text) => text.replace(/[\r\n\0]/g, ' '));
  fc.assert(fc.property(fc.integer({ min: 100, max: 599 }), fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.boolean(), (status, headers, emptyTable) => {
    const { fields } = decoder().decode(Buffer.from(encodeHeaders(status, headers, { emptyTable })));
    expect(fields.map((field) => [field.name, field.value])).toEqual([[':status', String(status)], ...headers]);
  }), { numRuns: 200 });
});

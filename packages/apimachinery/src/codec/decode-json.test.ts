import fc from 'fast-check';
import { abbreviateBody } from './abbreviate-body.ts';
import { decodeJson, strictFaults } from './decode-json.ts';
import { jsonSyntaxFault } from './json-syntax.ts';

const decode = (text: string): ReturnType<typeof decodeJson> => decodeJson(Buffer.from(text));

describe('decodeJson', () => {
  test.each([
    ['{"kind":"ConfigMap"', 'unexpected end of JSON input'], ['', 'unexpected end of JSON input'], ['hello', "invalid character 'h' looking for beginning of value"],
    ['{"a":1}{"b":2}', "invalid character '{' after top-level value"], ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{/* x */"a":1}', "invalid character '/' looking for beginning of object key string"], ['{"a":"\u0001"}', "invalid character '\\x01' in string literal"],
    ['{"a" 1}', "invalid character '1' after object key"], ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"], ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"], ['trux', "invalid character 'x' in literal true (expecting 'e')"], ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"], ['-a', "invalid character 'a' in numeric literal"], ['1.a', "invalid character 'a' after decimal point in numeric literal"],
    ['1ea', "invalid character 'a' in exponent of numeric literal"], ['01', "invalid character '1' after top-level value"], ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['"\n"', "invalid character '\\n' in string literal"], ['\ufeff{}', "invalid character 'ï' looking for beginning of value"], ['['.repeat(2000), "invalid character '[' exceeded max depth"],
  ])('refuses %j', (text, message) => {
    expect(() => decode(text)).toThrow(message);
  });

  test('finds a fault wherever the platform does', () => {
    const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', ',', 'x', '\\', '0')).map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));
    fc.assert(fc.property(broken, (text) => {
      let valid = true;
      try { JSON.parse(text); } catch { valid = false; }
      if (!valid) expect(jsonSyntaxFault(Buffer.from(text))).toMatch(/^invalid character|^unexpected end/);
    }), { numRuns: 300 });
  });

  test('gives what the platform gives where no key repeats', () => {
    fc.assert(fc.property(fc.json(), (text) => {
      expect(decode(text)).toEqual({ value: JSON.parse(text) });
    }), { numRuns: 100 });
  });

  test('merges keys that stand twice and names them', () => {
    const { value, occurrences } = decode('{"metadata":{"name":"a","x":1},"data":{"k":"1","k":"2"},"data":{"j":[{"z":1,"z":2}]},"extra":{"q":1,"q":2}}');
    expect(value).toEqual({ metadata: { name: 'a', x: 1 }, data: { k: '2', j: [{ z: 2 }] }, extra: { q: 2 } });
    expect(strictFaults(['metadata.x', 'extra'], occurrences)).toEqual(['unknown field "metadata.x"', 'duplicate field "data.k"', 'duplicate field "data"', 'duplicate field "data.j[0].z"', 'unknown field "extra"']);
  });

  test('takes escaped spellings of one key for the same', () => {
    expect(strictFaults([], decode('{"a":1,"\\u0061":2}').occurrences)).toEqual(['duplicate field "a"']);
  });
});

test.each([['', '<empty>'], ['hello', '68656c6c6f'], ['[]', '5b5d'], ['{"metadata":{"name":"a"}}{"metadata"', '{"metadata":{"name":"a"}}{"met ...']])('abbreviateBody(%j)', (body, shown) => {
  expect(abbreviateBody(Buffer.from(body))).toBe(shown);
});

test.each([
  ['"a\\ud800"', 'a\ufffd'], ['"\\ud83d\\ude00"', '😀'], ['"\\ud83d\\ud83d\\ude00"', '\ufffd😀'], ['"\\\\ud800"', '\\ud800'], ['"\\udc00x"', '\ufffdx'],
])('decodeJson reads %s without half characters', (text, value) => {
  expect(decodeJson(Buffer.from(text)).value).toBe(value);
});

import { decodeBody, type DecodeTarget } from '../endpoints/decode-body.ts';
import type { CustomTraits } from './custom-traits.ts';

const schema = { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } } };
const target: DecodeTarget = { group: 'example.com', version: 'v1', kind: 'Widget', schema: undefined, custom: { schema, keepsUnknown: false } as unknown as CustomTraits }; // the rest is not looked at

function decode(body: string, fieldValidation: 'Strict' | 'Warn' | 'Ignore' = 'Warn', contentType = 'application/json'): { object: unknown; warnings: string[] } {
  const warnings: string[] = [];
  const object = decodeBody({ body: Buffer.from(body), headers: { 'content-type': contentType } }, target, { fieldValidation, warn: (text) => { warnings.push(text); } });
  return { object, warnings };
}

const head = '"kind":"Widget","apiVersion":"example.com/v1"';

describe('a body of a custom resource', () => {
  test('loses what its schema does not know, and the client is told: what stands twice first', () => {
    expect(decode(`{${head},"zzz":1,"metadata":{"name":"x","odd":1},"spec":{"a":"1","a":"2","b":3,"b":4}}`)).toEqual({
      object: { kind: 'Widget', apiVersion: 'example.com/v1', metadata: { name: 'x' }, spec: { a: '2' } },
      warnings: ['duplicate field "spec.a"', 'duplicate field "spec.b"', 'unknown field "metadata.odd"', 'unknown field "spec.b"', 'unknown field "zzz"'],
    });
    expect(decode(`{${head},"zzz":1}`, 'Ignore').warnings).toEqual([]);
    expect(() => decode(`{${head},"zzz":1}`, 'Strict')).toThrow('Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "zzz"');
  });

  test('keeps a kind of its own for validation to refuse', () => {
    expect(decode('{"kind":"Gadget","apiVersion":"example.com/v1"}').object).toMatchObject({ kind: 'Gadget' });
  });

  test.each([
    ['{"spec":{}}', 'the object provided is unrecognized (must be of type Widget): Object \'Kind\' is missing in \'{"spec":{}}\' ({"spec":{}})'],
    ['{"kind":"Widget","apiVersion":"example.com/v2"}', 'the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)'],
    ['{"kind":"Widget","apiVersion":"v1"}', 'the API version in the data (v1) does not match the expected API version (example.com/v1)'],
    [`{${head},"metadata":{"labels":{"a":1}}}`, 'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string'],
  ])('%s is refused', (body, message) => {
    expect(() => decode(body)).toThrow(message);
  });

  test('may be YAML', () => {
    expect(decode('kind: Widget\napiVersion: example.com/v1\nspec: {a: b}\n', 'Warn', 'application/yaml').object).toMatchObject({ spec: { a: 'b' } });
  });
});

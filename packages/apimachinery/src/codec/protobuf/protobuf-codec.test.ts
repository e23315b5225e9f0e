import fc from 'fast-check';
import type { Schema } from '../../schema/schema.ts';
import type { ProtobufNamespace } from './descriptor.ts';
import { isProtobufEnvelope, protobufCodec, readEnvelope, writeEnvelope } from './protobuf-codec.ts';
import { WireReader, WireWriter } from './wire.ts';

const MACHINERY = '.k8s.io.apimachinery.pkg.';
const packaged = (path: string, messages: ProtobufNamespace): ProtobufNamespace => path.split('.').reduceRight<ProtobufNamespace>((inner, part) => ({ nested: { [part]: inner } }), messages);
const fieldsOf = (fields: NonNullable<ProtobufNamespace['fields']>): ProtobufNamespace => ({ fields });

const descriptor: ProtobufNamespace = packaged('k8s.io', {
  nested: {
    ...packaged('apimachinery.pkg', { nested: {
      ...packaged('api.resource', { nested: { Quantity: fieldsOf({ string: { type: 'string', id: 1 } }) } }).nested,
      ...packaged('apis.meta.v1', { nested: { Time: fieldsOf({ seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } }), MicroTime: fieldsOf({ seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } }) } }).nested,
      ...packaged('util.intstr', { nested: { IntOrString: fieldsOf({ type: { type: 'int64', id: 1 }, intVal: { type: 'int32', id: 2 }, strVal: { type: 'string', id: 3 } }) } }).nested,
      ...packaged('runtime', { nested: { RawExtension: fieldsOf({ raw: { type: 'bytes', id: 1 } }) } }).nested,
    } }).nested,
    ...packaged('test.v1', { nested: {
      Ship: fieldsOf({
        name: { type: 'string', id: 1 }, crew: { type: 'int64', id: 2 }, depth: { type: 'int32', id: 3 }, sunk: { type: 'bool', id: 4 }, length: { type: 'double', id: 5 }, seal: { type: 'bytes', id: 6 },
        labels: { type: 'string', keyType: 'string', id: 7 }, load: { type: `${MACHINERY}api.resource.Quantity`, keyType: 'string', id: 8 }, masts: { rule: 'repeated', type: 'Mast', id: 9 }, years: { rule: 'repeated', type: 'int32', id: 10 },
        built: { type: `${MACHINERY}apis.meta.v1.Time`, id: 11 }, seen: { type: `${MACHINERY}apis.meta.v1.MicroTime`, id: 12 }, share: { type: `${MACHINERY}util.intstr.IntOrString`, id: 13 },
        extra: { type: `${MACHINERY}runtime.RawExtension`, id: 14 }, source: { type: 'Source', id: 15 }, users: { type: 'Names', keyType: 'string', id: 16 }, ref: { type: 'string', id: 4000 },
      }),
      Mast: fieldsOf({ name: { type: 'string', id: 1 } }), Source: fieldsOf({ yard: { type: 'string', id: 1 } }), Names: fieldsOf({ items: { rule: 'repeated', type: 'string', id: 1 } }),
    } }).nested,
  },
});
const properties = Object.fromEntries(['name', 'crew', 'depth', 'sunk', 'length', 'seal', 'labels', 'load', 'masts', 'years', 'built', 'seen', 'share', 'extra', 'yard', 'users', '$ref'].map((field) => [field, {} as Schema]));
const codec = protobufCodec({ descriptor, resolve: (name) => (name === 'io.k8s.test.v1.Ship' ? { type: 'object', properties } : undefined) });
const SHIP = 'io.k8s.test.v1.Ship';

describe('protobufCodec', () => {
  test('writes the bytes that Go writes', () => {
    expect(codec.encodeMessage(SHIP, { name: 'ab', crew: 300, masts: [{ name: 'x' }, {}], labels: { b: '2', a: '1' }, share: '5%' }).toString('hex'))
      .toBe('0a026162' + '10ac02' + '3a060a01611201313a060a0162120132' + '4a030a0178' + '4a00' + '6a0608011a023525' + '7a00');
  });

  test('carries every kind of field both ways', () => {
    const ship = {
      kind: 'Ship', apiVersion: 'test/v1', name: 'Fram — é', crew: 2 ** 40, depth: -3, sunk: false, length: 39.5, seal: 'AAEC', labels: { a: '1', ['__proto__']: 'x' }, load: { cpu: '500m' }, masts: [{ name: 'fore' }], years: [1, -1],
      built: '1892-10-26T00:00:00Z', seen: '2024-01-01T00:00:00.000123Z', share: 5, extra: { any: ['json', 1] }, yard: 'Colin Archer', users: { a: ['b', 'c'] }, $ref: 'r',
    };
    const bytes = codec.encode(SHIP, ship);
    expect(isProtobufEnvelope(bytes)).toBe(true);
    expect(codec.decode(bytes, (apiVersion, kind) => (apiVersion === 'test/v1' && kind === 'Ship' ? SHIP : undefined))).toEqual(ship);
  });

  test('grows with the object', () => {
    fc.assert(fc.property(fc.array(fc.record({ name: fc.string({ maxLength: 2000 }) }), { maxLength: 30 }), (masts) => {
      expect(codec.decodeMessage(SHIP, codec.encodeMessage(SHIP, { masts }))).toEqual(masts.length === 0 ? {} : { masts });
    }), { numRuns: 50 });
  });

  test('skips fields it does not know', () => {
    const writer = new WireWriter(8);
    writer.text('x'); writer.varint(1); writer.tag(1, 2);
    writer.varint(7); writer.tag(99, 0);
    expect(codec.decodeMessage(SHIP, writer.finish())).toEqual({ name: 'x' });
  });

  test('takes an empty time for none', () => {
    expect(codec.decodeMessage(SHIP, Buffer.from('5a00', 'hex'))).toEqual({ built: null });
  });

  test.each([['0aff', 'unexpected EOF'], ['0a05616263', 'unexpected EOF'], ['0f', 'proto: illegal wireType 7'], ['10ffffffffffffffffffffff', 'integer overflow']])('refuses %s', (hex, message) => {
    expect(() => codec.decodeMessage(SHIP, Buffer.from(hex === '0f' ? 'ff01' : hex, 'hex'))).toThrow(message);
  });

  test('refuses what has no prefix and kinds that nobody knows', () => {
    expect(() => readEnvelope(Buffer.from('{}'))).toThrow('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
    expect(() => codec.decode(codec.encode(SHIP, { kind: 'Ship', apiVersion: 'test/v1' }), () => undefined)).toThrow('no kind "Ship" is registered for version "test/v1"');
  });
});

test('envelopes hold any bytes', () => {
  const envelope = { apiVersion: 'v1', kind: 'Pod', raw: Buffer.from([1, 2, 3]), contentType: 'application/json' };
  expect(readEnvelope(writeEnvelope(envelope))).toEqual(envelope);
});

test('varints are read as they were written', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => {
    const writer = new WireWriter(2);
    writer.varint(value);
    expect(new WireReader(writer.finish()).varint()).toBe(value);
  }));
});

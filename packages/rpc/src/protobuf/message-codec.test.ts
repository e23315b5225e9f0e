import { loadSync } from '@grpc/proto-loader';
import fc from 'fast-check';
import { criTable } from '../cri/message-table.ts';
import { protoFile } from '../cri/proto-file.ts';
import { MessageCodec, type FieldSpec, type MessageTable } from './message-codec.ts';

interface Library { requestSerialize: (message: object) => Buffer; responseSerialize: (message: object) => Buffer; requestDeserialize: (bytes: Buffer) => object; responseDeserialize: (bytes: Buffer) => object }

/** The same contract by protobufjs, from its text. */
const loaded = loadSync(protoFile('cri/v1/api.proto'), { longs: String, enums: String, defaults: true, oneofs: false }) as unknown as Record<string, Record<string, Library>>; // services have methods
const codec = new MessageCodec(criTable);
const GRPC_HEAD_BYTES = 5;

const methods = ['runtime.v1.RuntimeService', 'runtime.v1.ImageService'].flatMap((service) => Object.entries(loaded[service] ?? {}).map(([method, library]) => ({ method, library })));

test('MessageCodec: there is a table for every message of the contract', () => {
  for (const { method } of methods) expect([criTable.messages[`${method}Request`], criTable.messages[`${method}Response`]]).not.toContain(undefined);
  expect(methods.length).toBeGreaterThan(20);
});

test.each(methods)('MessageCodec: $method writes and reads what protobufjs does', ({ method, library }) => {
  fc.assert(fc.property(messageOf(`${method}Request`), messageOf(`${method}Response`), (request, response) => {
    const written = codec.encode(`${method}Request`, request).subarray(GRPC_HEAD_BYTES);
    expect(plain(library.requestDeserialize(Buffer.from(written)))).toEqual(plain(library.requestDeserialize(library.requestSerialize(request))));
    const sent = library.responseSerialize(response);
    expect(plain(codec.decode(`${method}Response`, sent) as object)).toEqual(plain(library.responseDeserialize(sent)));
    const ours = codec.encode(`${method}Response`, response).subarray(GRPC_HEAD_BYTES);
    expect(plain(codec.decode(`${method}Response`, Buffer.from(ours)) as object)).toEqual(plain(library.responseDeserialize(sent)));
  }), { numRuns: 40 });
});

test.each(['0a', '0aff', '0a05616263', '08ffffffffffffffffffff01', 'ff', '0b'])('MessageCodec: bytes that are no message are refused: %s', (hex) => {
  expect(() => codec.decode('VersionResponse', Buffer.from(hex, 'hex'))).toThrow();
});

const recursive: MessageTable = { messages: { Tree: [[1, 'name', 'string'], [2, 'children', 'Tree', 'repeated'], [3, 'kind', 'Kind'], [4, 'kinds', 'Kind', 'repeated']] }, enums: { Kind: { LEAF: 0, NODE: 1 } } };

test('MessageCodec: messages within their own kind, enums of a newer contract, fields nobody knows', () => {
  const trees = new MessageCodec(recursive);
  const tree = { name: 'a', children: [{ name: 'b', kind: 'NODE' }, {}], kinds: ['NODE', 'LEAF', 7] };
  const bytes = Buffer.concat([trees.encode('Tree', tree).subarray(GRPC_HEAD_BYTES), Buffer.from('980601', 'hex')]); // field 99
  const none = { children: [], kinds: [] };
  expect(trees.decode('Tree', bytes)).toEqual({ name: 'a', kind: 'LEAF', kinds: ['NODE', 'LEAF', 7], children: [{ name: 'b', kind: 'NODE', ...none }, { name: '', kind: 'LEAF', ...none }] });
});

function messageOf(type: string, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const fields = criTable.messages[type] ?? [];
  return fc.record(Object.fromEntries(fields.map(([, name, kind, rule]) => [name, rule === 'repeated' ? fc.array(valueOf(kind, depth), { maxLength: 3 }) : fc.option(valueOf(kind, depth), { nil: undefined })])), { requiredKeys: [] });
}

function valueOf(kind: FieldSpec[2], depth: number): fc.Arbitrary<unknown> {
  switch (kind) {
    case 'string': return fc.string({ unit: 'grapheme', maxLength: 12 });
    case 'bool': return fc.boolean();
    case 'bytes': return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));
    case 'double': return fc.double({ noNaN: true });
    case 'int32': return fc.integer();
    case 'uint32': return fc.nat({ max: 0xffffffff });
    case 'int64': return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    case 'uint64': return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
    case 'map': return fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }).filter((key) => key !== '__proto__'), fc.string({ maxLength: 5 }), { maxKeys: 3 });
    default: return criTable.enums[kind] !== undefined ? fc.constantFrom(...Object.keys(criTable.enums[kind])) : depth < 4 ? messageOf(kind, depth + 1) : fc.constant({});
  }
}

/** Without prototypes, and -0 as 0, which is protobuf's default. */
function plain(message: object): unknown { return JSON.parse(JSON.stringify(message)) as unknown; }

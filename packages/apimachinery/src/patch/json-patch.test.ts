import fc from 'fast-check';
import { StatusError } from '../errors/status-error.ts';
import type { Json } from '../json.ts';
import { applyJsonPatch, jsonPatchUnknownFields } from './json-patch.ts';

const document = { data: { x: '1', 'a/b': 'slash', 'c~d': 'tilde' }, list: ['a', 'b', 'c'] };

describe('applyJsonPatch', () => {
  test.each<[string, Json, unknown]>([
    ['add sets a key', [{ op: 'add', path: '/data/y', value: '2' }], { ...document, data: { ...document.data, y: '2' } }],
    ['add inserts into a list', [{ op: 'add', path: '/list/1', value: 'n' }], { ...document, list: ['a', 'n', 'b', 'c'] }],
    ['add appends at -', [{ op: 'add', path: '/list/-', value: 'n' }], { ...document, list: ['a', 'b', 'c', 'n'] }],
    ['add at -1 goes behind the last', [{ op: 'add', path: '/list/-1', value: 'n' }], { ...document, list: ['a', 'b', 'c', 'n'] }],
    ['add without a value writes null', [{ op: 'add', path: '/n' }], { ...document, n: null }],
    ['a path without a slash loses its first part', [{ op: 'add', path: 'data/m', value: 1 }], { ...document, m: 1 }],
    ['replace of a missing key adds', [{ op: 'replace', path: '/n', value: 1 }], { ...document, n: 1 }],
    ['replace of the document', [{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
    ['remove at -1', [{ op: 'remove', path: '/list/-1' }], { ...document, list: ['a', 'b'] }],
    ['remove of escaped keys', [{ op: 'remove', path: '/data/a~1b' }, { op: 'remove', path: '/data/c~0d' }], { ...document, data: { x: '1' } }],
    ['move within a list', [{ op: 'move', from: '/list/0', path: '/list/2' }], { ...document, list: ['b', 'c', 'a'] }],
    ['copy from a missing key writes null', [{ op: 'copy', from: '/data/no', path: '/n' }], { ...document, n: null }],
    ['test of a missing key against null holds', [{ op: 'test', path: '/data/no', value: null }], document],
    ['test ignores the order of keys', [{ op: 'test', path: '/data', value: { 'c~d': 'tilde', x: '1', 'a/b': 'slash' } }], document],
    ['null is no operation', null, document],
    ['a key named __proto__ is a key', [{ op: 'add', path: '/__proto__', value: { bad: 1 } }], JSON.parse(`${JSON.stringify(document).slice(0, -1)},"__proto__":{"bad":1}}`)],
  ])('%s', (_, patch, want) => {
    const before = structuredClone(document);
    expect(applyJsonPatch(document, patch)).toEqual(want);
    expect(document).toEqual(before);
    expect(({} as { bad?: number }).bad).toBeUndefined(); // no prototype was touched
  });

  test('what goes deeper with each operation is refused', () => {
    const chain = (depth: number): Json => { let value: Json = 1; for (let i = 0; i < depth; i++) value = { a: value }; return value; };
    const grow = (times: number): Json => Array.from({ length: times }, (_, i) => [{ op: 'copy', from: '/d', path: `/c${i}` }, { op: 'move', from: `/c${i}`, path: `/d${'/a'.repeat(400)}` }]).flat();
    expect(() => applyJsonPatch({ d: chain(400) }, grow(1))).not.toThrow();
    for (const times of [2, 40]) expect(() => applyJsonPatch({ d: chain(400) }, grow(times))).toThrow(expect.objectContaining({ code: 422, cause: expect.objectContaining({ message: 'the result is nested deeper than 1000' }) }));
  });

  test.each<[string, Json]>([
    ['test that differs', [{ op: 'test', path: '/data/x', value: '2' }]],
    ['test of a missing key', [{ op: 'test', path: '/data/no', value: '2' }]],
    ['remove of a missing key', [{ op: 'remove', path: '/data/no' }]],
    ['add below a missing parent', [{ op: 'add', path: '/no/deep', value: 1 }]],
    ['add below a scalar', [{ op: 'add', path: '/data/x/deep', value: 1 }]],
    ['add past the end', [{ op: 'add', path: '/list/4', value: 1 }]],
    ['replace past the end', [{ op: 'replace', path: '/list/3', value: 1 }]],
    ['an index that is none', [{ op: 'remove', path: '/list/x' }]],
    ['move from a missing key', [{ op: 'move', from: '/data/no', path: '/n' }]],
    ['no from', [{ op: 'move', path: '/n' }]],
    ['no path', [{ op: 'add', value: 1 }]],
    ['unknown operation', [{ op: 'merge', path: '/data' }]],
    ['no operation', [{ path: '/data' }]],
    ['copies that double the document without end', Array.from({ length: 64 }, (_, index) => ({ op: 'copy', from: index % 2 === 0 ? '/data' : '/list', path: index % 2 === 0 ? '/list/-' : '/data/l' }))],
    ['inherited property', [{ op: 'add', path: '/constructor/x', value: 1 }]],
  ])('refuses with the generic 422: %s', (_, patch) => {
    expect(statusOf(() => applyJsonPatch(document, patch))).toMatchObject({ code: 422, reason: 'Invalid', details: {}, message: 'the server rejected our request due to an error in our request' });
  });

  test.each<[string, Json, object]>([
    ['an object', {}, { code: 400, message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp' }],
    ['a list of texts', ['x'], { code: 400, message: 'error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp' }],
    ['a path of the wrong type', [{ op: 'add', path: 1 }], { code: 400, message: 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string' }],
    ['too many', new Array(10_001).fill({ op: 'test', path: '/x' }), { code: 413, message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001' }],
  ])('refuses what is no patch: %s', (_, patch, want) => {
    expect(statusOf(() => applyJsonPatch(document, patch))).toMatchObject(want);
  });

  test('takes back an add with a remove', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, key, value) => {
      fc.pre(!Object.hasOwn(object, key));
      const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const [document, added] = [object as Json, value as Json]; // jsonValue makes JSON
      expect(JSON.stringify(applyJsonPatch(document, [{ op: 'add', path, value: added }, { op: 'test', path, value: added }, { op: 'remove', path }]))).toBe(JSON.stringify(document));
    }), { numRuns: 60 });
  });
});

test('jsonPatchUnknownFields names what no operation has', () => {
  expect(jsonPatchUnknownFields([{ op: 'add', path: '/x' }, { op: 'add', bogus: 1 }])).toEqual(['json patch unknown field "[1].bogus"']);
});

function statusOf(run: () => unknown): StatusError {
  try { run(); } catch (error) { if (error instanceof StatusError) return error; throw error; }
  throw new Error('nothing was thrown');
}

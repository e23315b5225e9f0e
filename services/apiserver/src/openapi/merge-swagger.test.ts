import type { JsonObject } from '@kubernode/apimachinery';
import { mergeSwagger } from './merge-swagger.ts';
import { filterSwagger } from './filter-swagger.ts';

const uses = (...names: string[]): JsonObject => ({ get: { responses: Object.fromEntries(names.map((name, index) => [String(200 + index), { schema: { $ref: `#/definitions/${name}` } }])) } });
const kinds = (...groups: string[]): JsonObject => ({ 'x-kubernetes-group-version-kind': groups.map((group) => ({ group, version: 'v1', kind: 'Options' })) });

describe('mergeSwagger', () => {
  test('keeps the first document\'s facts, earlier paths, and what only others have', () => {
    const merged = mergeSwagger(
      { swagger: '2.0', info: { title: 'first' }, paths: { '/b': { a: 1 } }, definitions: { B: {} } },
      [{ info: { title: 'other' }, paths: { '/a': uses('A'), '/b': uses('OnlyOfB') }, definitions: { A: { type: 'object' }, OnlyOfB: {}, Unused: {} } }, { info: {} }],
    );
    expect(merged).toEqual({ swagger: '2.0', info: { title: 'first' }, paths: { '/a': uses('A'), '/b': { a: 1 } }, definitions: { A: { type: 'object' }, B: {}, Unused: {} } });
    expect(Object.keys(merged['paths'] as object)).toEqual(['/a', '/b']); // what was just compared
  });

  test('takes nothing of a document whose paths are all known', () => {
    expect(mergeSwagger({ paths: { '/a': {} } }, [{ paths: { '/a': uses('A') }, definitions: { A: {} } }])).toEqual({ paths: { '/a': {} } });
  });

  test('gives a definition with another meaning another name, everywhere', () => {
    const merged = mergeSwagger({ paths: {}, definitions: { A: { type: 'string' }, A_v2: { type: 'number' } } }, [
      { paths: { '/x': uses('A', 'Holder') }, definitions: { A: { type: 'object' }, Holder: { properties: { a: { $ref: '#/definitions/A' } } } } },
      { paths: { '/y': uses('A') }, definitions: { A: { type: 'object' } } },
    ]);
    expect(merged).toEqual({
      paths: { '/x': uses('A_v3', 'Holder'), '/y': uses('A_v3') },
      definitions: { A: { type: 'string' }, A_v2: { type: 'number' }, A_v3: { type: 'object' }, Holder: { properties: { a: { $ref: '#/definitions/A_v3' } } } },
    });
  });

  test('does not take a new name that the document itself has', () => {
    const merged = mergeSwagger({ paths: {}, definitions: { A: { type: 'string' } } }, [{ paths: { '/x': uses('A', 'A_v2') }, definitions: { A: { type: 'object' }, A_v2: { type: 'array' } } }]);
    expect(merged['definitions']).toEqual({ A: { type: 'string' }, A_v2: { type: 'array' }, A_v3: { type: 'object' } });
  });

  test('lets shared types stand for the kinds of all', () => {
    const merged = mergeSwagger({ paths: {}, definitions: { Options: { type: 'object', ...kinds('b') } } }, [{ paths: { '/x': uses('Options') }, definitions: { Options: { type: 'object', ...kinds('c', 'a', 'b') } } }]);
    expect(merged['definitions']).toEqual({ Options: { type: 'object', ...kinds('a', 'b', 'c') } });
  });

  test('renames parameters likewise', () => {
    const of = (name: string): JsonObject => ({ parameters: [{ $ref: `#/parameters/${name}` }] });
    const merged = mergeSwagger({ paths: { '/a': of('p') }, parameters: { p: { in: 'query' } } }, [{ paths: { '/b': of('p') }, parameters: { p: { in: 'path' } } }]);
    expect(merged).toMatchObject({ paths: { '/a': of('p'), '/b': of('p_v2') }, parameters: { p: { in: 'query' }, p_v2: { in: 'path' } } });
  });

  test('changes none of the documents', () => {
    const [first, other] = [{ paths: {}, definitions: { Options: kinds('a') } }, { paths: { '/x': uses('Options') }, definitions: { Options: kinds('b') } }];
    const before = JSON.stringify([first, other]);
    mergeSwagger(first, [other]);
    expect(JSON.stringify([first, other])).toBe(before);
  });
});

describe('filterSwagger', () => {
  test('drops what only other paths led to', () => {
    const document = {
      paths: { '/apis/g/v1/things': uses('Thing'), '/apis/g/v2/things': uses('Newer'), 'x-note': 'kept' },
      definitions: { Thing: { items: { $ref: '#/definitions/Part' } }, Part: { $ref: '#/definitions/Part' }, Newer: { $ref: '#/definitions/Deep' }, Deep: {}, Unused: {} },
    };
    const { paths, definitions } = filterSwagger(document, (path) => path.startsWith('/apis/g/v1/')) as { paths: object; definitions: object }; // both are there
    expect([Object.keys(paths), Object.keys(definitions)]).toEqual([['/apis/g/v1/things', 'x-note'], ['Thing', 'Part', 'Unused']]);
  });
});

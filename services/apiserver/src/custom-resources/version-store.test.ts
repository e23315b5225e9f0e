import type { SchemaProps } from '@kubernode/apiextensions';
import type { JsonObject } from '@kubernode/apimachinery';
import { canonicalBytes, type ObjectStore, type StoredObject } from '@kubernode/storage';
import { createMemoryStore } from '@kubernode/testing';
import type { Converter } from './conversion/converter.ts';
import { attributesBy } from './custom-versions.ts';
import { VersionForms } from './version-forms.ts';
import { VersionStore } from './version-store.ts';

const consistent = { freshness: { kind: 'consistent' } } as const;
const schemaOf = (properties: Record<string, SchemaProps>): SchemaProps => ({ type: 'object', properties: { spec: { type: 'object', properties } } });
const schemas = new Map([['g/v1', schemaOf({ a: { type: 'string' }, d: { type: 'string', default: 'default' as never } })], ['g/v2', schemaOf({ b: { type: 'string' }, d: { type: 'string' } })]]);
/** v1 says `a` where v2 says `b`. */
const converter: Converter = { convert: (objects, apiVersion) => { asked += objects.length; return Promise.resolve(objects.map((object) => swapped(object, apiVersion))); } };
let asked = 0;
const opened: AsyncDisposable[] = [];

function swapped({ spec, ...object }: JsonObject, apiVersion: string): JsonObject {
  const { a, b, ...rest } = spec as Record<string, string>; // as made below
  return { ...object, apiVersion, spec: { ...rest, ...(apiVersion === 'g/v2' ? { b: a ?? '' } : { a: b ?? '' }) } };
}

async function views(stored = 'g/v1'): Promise<{ raw: ObjectStore; v1: VersionStore; v2: VersionStore; ended: AbortController }> {
  const raw = await createMemoryStore({ prefix: '/registry/g/ws/' });
  opened.push(raw);
  const ended = new AbortController();
  const view = (apiVersion: string): VersionStore => new VersionStore({
    store: raw, ended: ended.signal,
    forms: new VersionForms({ apiVersion, storageApiVersion: stored, schemas, keepsUnknown: false, converter, attributesOf: attributesBy(undefined) }),
  });
  return { raw, v1: view('g/v1'), v2: view('g/v2'), ended };
}

const bytes = (apiVersion: string, name: string, spec: object, labels = {}): Buffer => canonicalBytes({ kind: 'W', apiVersion, metadata: { name, namespace: 'd', generation: 1, labels }, spec });
const exists = (): Error => new Error('exists');
const said = (object: StoredObject | undefined): unknown => { const { apiVersion, spec } = object?.decode<JsonObject>() ?? {}; return [apiVersion, spec]; };

describe('VersionStore', () => {
  beforeEach(() => { asked = 0; });
  afterEach(async () => { for (const store of opened.splice(0)) await store[Symbol.asyncDispose](); });

  test('shows what is stored in its version, with the defaults of the stored one, asking once for each object', async () => {
    const { raw, v1, v2 } = await views();
    await raw.create('d/x', bytes('g/v1', 'x', { a: '1', gone: true }), { exists });
    expect(said(await v1.get('d/x', consistent))).toEqual(['g/v1', { a: '1', d: 'default' }]);
    expect(said(await v2.get('d/x', consistent))).toEqual(['g/v2', { b: '1', d: 'default' }]);
    await v2.list({ ...consistent, keyPrefix: '', limit: 0 });
    expect(asked).toBe(1);
  });

  test('stores what is written in the stored version, and answers it in its own', async () => {
    const { raw, v2 } = await views();
    expect(said(await v2.create('d/x', bytes('g/v2', 'x', { b: '1' }), { exists }))).toEqual(['g/v2', { b: '1', d: 'default' }]);
    expect(said(await raw.get('d/x', consistent))).toEqual(['g/v1', { a: '1' }]);
    const { object } = await v2.update('d/x', (current) => ({ kind: 'write', bytes: bytes('g/v2', 'x', { b: `${(current?.decode<{ spec: { b: string } }>().spec.b ?? '')}2` }) }), {});
    expect([said(object), said(await raw.get('d/x', consistent))]).toEqual([['g/v2', { b: '12', d: 'default' }], ['g/v1', { a: '12' }]]);
  });

  test('moves an object to the stored version of today when it is written unchanged, once', async () => {
    const { raw, v1 } = await views('g/v2');
    await raw.create('d/x', bytes('g/v1', 'x', { a: '1' }), { exists });
    const outcomes = [await v1.update('d/x', () => ({ kind: 'unchanged' }), {}), await v1.update('d/x', () => ({ kind: 'unchanged' }), {})];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['written', 'unchanged']);
    expect(said(await raw.get('d/x', consistent))).toEqual(['g/v2', { b: '1', d: 'default' }]);
  });

  test('selects and pages by what its version says', async () => {
    const { raw, v2 } = await views();
    for (const name of ['w', 'x', 'y', 'z']) await raw.create(`d/${name}`, bytes('g/v1', name, { a: name }, { odd: String(name === 'x' || name === 'z') }), { exists });
    const matches = ({ labels }: StoredObject['attributes']): boolean => labels['odd'] === 'true';
    const first = await v2.list({ ...consistent, keyPrefix: '', limit: 1, matches });
    const second = await v2.list({ ...consistent, keyPrefix: '', limit: 1, matches, afterKey: first.nextKey });
    expect([first.items.map(said), first.nextKey, second.items.map(said), second.nextKey]).toEqual([[['g/v2', { b: 'x', d: 'default' }]], 'd/x', [['g/v2', { b: 'z', d: 'default' }]], undefined]);
  });

  test('gives events in its version, and a deletion as the object was', async () => {
    const { raw, v2 } = await views();
    const { revision } = await raw.create('d/x', bytes('g/v1', 'x', { a: '1' }), { exists });
    using watcher = v2.watch({ fromRevision: revision, keyPrefix: '' });
    await raw.update('d/x', () => ({ kind: 'write', bytes: bytes('g/v1', 'x', { a: '2' }) }), {});
    await raw.update('d/x', () => ({ kind: 'delete' }), {});
    const { signal } = new AbortController();
    const events = [];
    while (events.length < 2) events.push(...await watcher.next({ maxEvents: 10, signal }));
    expect(events.map(({ type, object, previous }) => [type, said(object), said(previous)])).toEqual([
      ['MODIFIED', ['g/v2', { b: '2', d: 'default' }], ['g/v2', { b: '1', d: 'default' }]],
      ['DELETED', ['g/v2', { b: '2', d: 'default' }], ['g/v2', { b: '2', d: 'default' }]],
    ]);
    expect(events.every(({ revision: at, object }) => object.revision === at && object.decode<{ metadata: { resourceVersion: string } }>().metadata.resourceVersion === String(at))).toBe(true);
  });

  test('is read without waiting, too: nothing while it converts, then everything in order', async () => {
    const { raw, v2 } = await views();
    const { revision } = await raw.create('d/x', bytes('g/v1', 'x', { a: '0' }), { exists });
    using watcher = v2.watch({ fromRevision: revision, keyPrefix: '' });
    const seen: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      watcher.onReadable(() => {
        for (;;) {
          const events = watcher.read({ maxEvents: 1 });
          if (events.length === 0) break;
          seen.push(...events.map(({ object }) => said(object)));
        }
        if (seen.length === 3) resolve();
      });
    });
    expect(watcher.read({ maxEvents: 1 })).toEqual([]);
    for (const a of ['1', '2', '3']) await raw.update('d/x', () => ({ kind: 'write', bytes: bytes('g/v1', 'x', { a }) }), {});
    await done;
    expect(seen).toEqual(['1', '2', '3'].map((b) => ['g/v2', { b, d: 'default' }]));
  });

  test('ends its watches quietly when the definition changes', async () => {
    const { raw, v2, ended } = await views();
    const { revision } = await raw.create('d/x', bytes('g/v1', 'x', { a: '0' }), { exists });
    using watcher = v2.watch({ fromRevision: revision, keyPrefix: '' });
    const next = watcher.next({ maxEvents: 1, signal: new AbortController().signal });
    ended.abort();
    await expect(next).rejects.toHaveProperty('name', 'AbortError');
    expect(() => watcher.read({ maxEvents: 1 })).toThrow(expect.objectContaining({ name: 'AbortError' }) as Error);
  });

  test('refuses objects of a version that the definition no longer has', async () => {
    const { raw, v2 } = await views();
    await raw.create('d/x', bytes('g/v0', 'x', {}), { exists });
    await expect(v2.get('d/x', consistent)).rejects.toThrow('request to convert CR from an invalid group/version: g/v0');
  });
});

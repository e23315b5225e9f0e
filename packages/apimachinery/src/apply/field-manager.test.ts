import fc from 'fast-check';
import { StatusError } from '../errors/status-error.ts';
import type { JsonObject } from '../json.ts';
import { createFieldManager } from './field-manager.ts';
import { resolver, schemas, Stored, T0, thing, thingManager } from './field-manager.fixture.ts';
import { keepTimesOfUnchanged } from './keep-times.ts';

const container = (name: string, rest: JsonObject = {}): JsonObject => ({ name, image: 'x', ...rest });

describe('updates', () => {
  test('a creator owns leaves and the parents that were not there, but not structs held by value', () => {
    const stored = new Stored().update('m', { data: { k: 'v' }, spec: { replicas: 1, selector: { matchLabels: { a: '1' } }, strategy: { type: 'R', rolling: { surge: '1' } }, containers: [container('c', { env: [{ name: 'E', value: '1' }] })] } });
    expect(stored.entries()).toEqual([['m Update 0', {
      'f:data': { '.': {}, 'f:k': {} },
      'f:spec': {
        'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:env': { '.': {}, 'k:{"name":"E"}': { '.': {}, 'f:name': {}, 'f:value': {} } }, 'f:image': {}, 'f:name': {} } },
        'f:replicas': {}, 'f:selector': {}, 'f:strategy': { 'f:rolling': { '.': {}, 'f:surge': {} }, 'f:type': {} },
      },
    }]]);
  });

  test('takes what it changes from its owners and drops what it removes', () => {
    const stored = new Stored().apply('m1', { data: { x: '1', y: '1' } }).update('m2', { data: { x: '2', z: '1' } });
    expect(stored.entries()).toEqual([['m2 Update 1', { 'f:data': { 'f:x': {}, 'f:z': {} } }]]);
  });

  test('without a change keeps every time', () => {
    const stored = new Stored().update('m1', { data: { x: '1' } }).update('m2', {});
    expect(stored.entries()).toEqual([['m1 Update 0', { 'f:data': { '.': {}, 'f:x': {} } }]]);
  });

  test('fields that a write resets are not owned', () => {
    expect(new Stored().update('m', { status: { replicas: 1 } }).object?.metadata.managedFields).toBeUndefined();
    const status = new Stored(thingManager({ subresource: 'status', resetFields: { exclude: [['spec']] } }));
    expect(status.update('m', { status: { replicas: 1 }, spec: { replicas: 1 } }).entries()).toEqual([['m Update/status 0', { 'f:status': { 'f:replicas': {} } }]]);
    const one = new Stored(thingManager({ subresource: 'resize', resetFields: { include: [['spec', 'containers', '*', 'image']] } }));
    expect(one.update('m', { spec: { replicas: 1, containers: [container('c')] } }).entries()).toEqual([['m Update/resize 0', { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {} } } } }]]);
  });

  test('the oldest of more than ten entries are merged', () => {
    const stored = new Stored().update('a0', { data: { k: '0' } });
    for (let index = 0; index < 11; index++) stored.update(`b${index}`, { data: { ...(stored.object?.['data'] as JsonObject), [`k${index}`]: '1' } }); // the schema says map
    const names = stored.entries().map(([name]) => name);
    expect(names).toEqual(['ancient-changes Update 2', ...Array.from({ length: 9 }, (_, index) => `b${index + 2} Update ${index + 3}`)]);
    expect(stored.entries()[0]?.[1]).toEqual({ 'f:data': { '.': {}, 'f:k': {}, 'f:k0': {}, 'f:k1': {} } });
  });

  test('elements that occur twice are one leaf', () => {
    const twice = { spec: { containers: [container('c', { env: [{ name: 'E', value: '1' }, { name: 'E', value: '2' }] })] } };
    const stored = new Stored().update('m', twice);
    expect(stored.entries()[0]?.[1]).toEqual({ 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:env': { '.': {}, 'k:{"name":"E"}': {} }, 'f:image': {}, 'f:name': {} } } } });
    expect(stored.apply('m1', { spec: { replicas: 1 } }).object?.['spec']).toEqual({ ...twice.spec, replicas: 1 });
    expect(refusal(() => stored.apply('m1', { spec: { containers: [{ name: 'c', env: [{ name: 'E', value: '3' }] }] } })).message).toBe('Apply failed with 1 conflict: conflict with "m" using example.com/v1: .spec.containers[name="c"].env[name="E"]');
  });
});

describe('managedFields that clients write', () => {
  const entry = { manager: 'other', operation: 'Apply', apiVersion: 'example.com/v1', time: '2020-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:x': {} } } };
  const started = (): Stored => new Stored().apply('m1', { data: { x: '1' } });

  test('readable ones are taken', () => {
    expect(started().update('m2', {}, { managedFields: [entry] }).object?.metadata.managedFields).toEqual([entry]);
  });

  test.each([['left out', undefined], ['of an unknown operation', [{ ...entry, operation: 'Guess' }]], ['of an unknown type', [{ ...entry, fieldsType: 'V9' }]], ['malformed', [{ ...entry, fieldsV1: { oops: {} } }]]])('the stored ones stay when they are %s', (_, given) => {
    expect(started().update('m2', {}, { managedFields: given as never }).entries()).toEqual([['m1 Apply 0', { 'f:data': { 'f:x': {} } }]]); // deliberately of any shape
  });

  test.each([[[]], [[{}]]])('%j clears them; the next apply names who was there before', (given) => {
    const stored = started().update('m2', { data: { x: '2' } }, { managedFields: given });
    expect(stored.entries()).toEqual([]);
    expect(stored.update('m3', { data: { x: '3' } }).entries()).toEqual([]);
    expect(stored.apply('m4', { data: { y: '1' } }).entries()).toEqual([
      ['m4 Apply 3', { 'f:data': { 'f:y': {} } }], ['before-first-apply Update 3', { 'f:data': { '.': {}, 'f:x': {} } }],
    ]);
  });

  test('a subresource takes none', () => {
    const status = thingManager({ subresource: 'status', resetFields: { exclude: [['spec']] } });
    const live = started().object;
    expect(live && status.update({ live, next: { ...live, metadata: { ...live.metadata, managedFields: [entry] } }, manager: 'm2', now: T0 }).metadata.managedFields?.[0]?.manager).toBe('m1');
  });
});

describe('apply', () => {
  test('an applier owns what it says, without parents', () => {
    const stored = new Stored().apply('m1', { data: {}, spec: { replicas: 2, containers: [container('c', { ports: [{ containerPort: 80 }] })] } }, { metadata: { finalizers: ['x/y'], labels: { a: '1' } } });
    expect(stored.entries()).toEqual([['m1 Apply 0', {
      'f:data': {}, 'f:metadata': { 'f:finalizers': { 'v:"x/y"': {} }, 'f:labels': { 'f:a': {} } },
      'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } } } }, 'f:replicas': {} },
    }]]);
  });

  test('the same again changes nothing, not even a time', () => {
    const stored = new Stored().apply('m1', { data: { x: '1' } });
    const before = stored.object;
    expect(stored.apply('m1', { data: { x: '1' } }).object).toEqual(before);
  });

  test('a shared value has two owners; the second entry carries no time and goes first', () => {
    const stored = new Stored().apply('m1', { data: { x: '1', y: '1' } }).apply('m2', { data: { x: '1' } });
    expect(stored.entries().map(([name]) => name)).toEqual(['m2 Apply', 'm1 Apply 0']);
    expect(stored.apply('m1', { data: { y: '1' } }).object?.['data']).toEqual({ x: '1', y: '1' });
    expect(stored.apply('m2', {}).object?.['data']).toEqual({ y: '1' });
    expect(stored.entries()).toEqual([['m1 Apply 0', { 'f:data': { 'f:y': {} } }]]);
  });

  test('what an update owns too stays when the applier drops it', () => {
    const stored = new Stored().update('u', { data: { x: '1' } }).apply('m1', { data: { x: '1' } }).apply('m1', {});
    expect(stored.object?.['data']).toEqual({ x: '1' });
  });

  test('a dropped element goes with what others did not put into it', () => {
    const stored = new Stored().apply('m1', { spec: { containers: [container('a'), container('b')] } }).apply('m2', { spec: { containers: [{ name: 'a', env: [{ name: 'E', value: '1' }] }] } });
    stored.apply('m1', { spec: { containers: [] } });
    expect(stored.object?.['spec']).toEqual({ containers: [{ name: 'a', env: [{ name: 'E', value: '1' }] }] });
  });

  test.each<[string, JsonObject, JsonObject, string[]]>([
    ['new elements go behind', { containers: [container('a'), container('b')] }, { containers: [container('c')] }, ['a', 'b', 'c']],
    ['an order of its own wins', { containers: [container('a'), container('b'), container('c')] }, { containers: [container('c'), container('a')] }, ['b', 'c', 'a']],
    ['new ones stand where it says', { containers: [container('a'), container('b')] }, { containers: [container('a'), container('n'), container('b')] }, ['a', 'n', 'b']],
  ])('order of elements: %s', (_, live, applied, want) => {
    const spec = new Stored().update('u', { spec: live }).apply('m', { spec: applied }).object?.['spec'];
    expect(spec).toMatchObject({ containers: want.map((name) => ({ name })) });
  });

  test('null and empty values over what is there', () => {
    const stored = new Stored().update('u', { data: { x: '1' }, spec: { replicas: 2, args: ['a'] } });
    expect(stored.apply('m', { data: {}, spec: { replicas: null, args: [] } }, { force: true }).object).toMatchObject({ data: { x: '1' }, spec: { replicas: null, args: [] } });
  });

  test('an update entry of the same name is another owner', () => {
    const stored = new Stored().update('m1', { data: { x: '1' } });
    const error = refusal(() => stored.apply('m1', { data: { x: '2' } }));
    expect(error.toStatus()).toMatchObject({
      code: 409, reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "m1" using example.com/v1: .data.x',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "m1" using example.com/v1', field: '.data.x' }] },
    });
    expect(stored.apply('m1', { data: { x: '2' } }, { force: true }).entries()).toEqual([['m1 Apply 1', { 'f:data': { 'f:x': {} } }], ['m1 Update 0', { 'f:data': {} }]]);
  });

  test('several conflicts are listed by owner', () => {
    const stored = new Stored().apply('m1', { data: { x: '1', y: '1' } }).apply('m2', { data: { x: '1', z: '1' } }).update('m3', { data: { x: '1', y: '1', z: '1', w: '1' } });
    expect(refusal(() => stored.apply('m4', { data: { w: '2', x: '2', y: '2', z: '2' } })).message)
      .toBe('Apply failed with 5 conflicts: conflicts with "m1":\n- .data.x\n- .data.y\nconflicts with "m2":\n- .data.x\n- .data.z\nconflicts with "m3" using example.com/v1:\n- .data.w');
  });

  test.each<[string, JsonObject, string]>([
    ['an undeclared field', { bogus: 1 }, '.bogus: field not declared in schema'],
    ['an element that is there twice', { spec: { containers: [container('c'), container('c')] } }, '.spec.containers: duplicate entries for key [name="c"]'],
    ['keys with a default', { spec: { containers: [container('c', { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] })] } }, '.spec.containers[name="c"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]'],
    ['a null element', { spec: { containers: [null] } }, '.spec.containers: element 0: associative list with keys may not have a null element'],
    ['a text for a list', { spec: { containers: 'c' } }, '.spec.containers: expected list, got &{c}'],
    ['a text for a number', { spec: { replicas: 'two' } }, '.spec.replicas: expected numeric (int or float), got string'],
    ['a number for a text', { data: { x: 5 } }, '.data.x: expected string, got &value.valueUnstructured{Value:5}'],
    ['a map for a boolean', { spec: { paused: { a: 'b' } } }, '.spec.paused: expected boolean, got &{map[a:b]}'],
    ['an element without keys', { spec: { containers: [{ name: 'c', env: [{ value: '1' }] }] } }, '.spec.containers[name="c"].env: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)'],
    ['several faults', { bogus: 1, spec: { replicas: 'x', paused: 'y' } }, 'errors:\n  .bogus: field not declared in schema'],
  ])('refuses %s', (_, fields, message) => {
    const full = message.startsWith('errors') ? undefined : `failed to create typed patch object (/a; example.com/v1, Kind=Thing): ${message}`;
    const error = refusal(() => new Stored().apply('m', fields));
    expect(error.toStatus()).toMatchObject({ code: 500, ...(full !== undefined && { message: full }) });
    expect(error.reason).toBeUndefined();
  });

  test('refuses another kind and given managedFields', () => {
    expect(refusal(() => new Stored().apply('m', { kind: 'Other' }))).toMatchObject({ code: 400, message: 'invalid object type: example.com/v1, Kind=Other' });
    expect(refusal(() => new Stored().apply('m', {}, { metadata: { managedFields: [] } }))).toMatchObject({ code: 400, message: 'metadata.managedFields must be nil' });
  });
});

describe('after client-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const lastApplied = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' }, data: { x: '1' } };
  const started = (): Stored => new Stored().update('kubectl-client-side-apply', { data: { x: '1', y: '1' } }, { annotations: { [annotation]: JSON.stringify(lastApplied) } });

  test('kubectl takes over what it had applied and renews the annotation', () => {
    const stored = started().apply('kubectl', { data: { x: '2<' } });
    expect(stored.object?.['data']).toEqual({ x: '2<', y: '1' });
    expect(stored.object?.metadata.annotations?.[annotation]).toBe('{"apiVersion":"example.com/v1","data":{"x":"2\\u003c"},"kind":"Thing","metadata":{"name":"a"}}\n');
  });

  test('kubectl conflicts on what it had not applied, others on everything', () => {
    expect(refusal(() => started().apply('kubectl', { data: { x: '2', y: '2' } })).message).toBe('Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using example.com/v1: .data.y');
    expect(refusal(() => started().apply('m', { data: { x: '2' } })).code).toBe(409);
  });
});

describe('schemas that differ', () => {
  test('objects without a schema have deduced types', () => {
    const stored = new Stored(thingManager({ schema: undefined })).apply('m1', { spec: { list: [{ name: 'a' }], map: { a: { b: 1 } } } });
    expect(stored.entries()[0]?.[1]).toEqual({ 'f:spec': { '.': {}, 'f:list': {}, 'f:map': { '.': {}, 'f:a': { '.': {}, 'f:b': {} } } } });
    expect(refusal(() => stored.apply('m2', { spec: { list: [] } })).message).toBe('Apply failed with 1 conflict: conflict with "m1": .spec.list');
  });

  test('entries from before a map became atomic own the whole', () => {
    const stored = new Stored().apply('m1', { data: { x: '1' } });
    const atomic = thingManager({ schema: { ...schemas['Thing'], properties: { ...schemas['Thing']?.properties, data: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' } } } });
    const live = stored.object;
    expect(live && atomic.update({ live, next: { ...live, spec: { replicas: 1 } }, manager: 'm2', now: T0 }).metadata.managedFields?.[0]?.fieldsV1).toEqual({ 'f:data': {} });
  });

  test('entries of a version that is served are kept in its terms, others are dropped', () => {
    const kind = { group: 'example.com', version: 'v2', kind: 'Thing' };
    const toV1 = (object: JsonObject): JsonObject => ({ ...object, apiVersion: 'example.com/v1' });
    const entry = (manager: string, apiVersion: string): JsonObject => ({ manager, operation: 'Update', apiVersion, fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:x': {}, 'f:y': {} } } });
    const live = thing({ apiVersion: 'example.com/v2', data: { x: '1', y: '1' } }, { uid: 'u', managedFields: [entry('old', 'example.com/v1'), entry('gone', 'example.com/v0')] });
    const manager = createFieldManager({ kind, schema: { $ref: '#/components/schemas/Thing' }, resolver, convert: (object, version) => (version === 'example.com/v1' ? { object: toV1(object), schema: schemas['Thing'] } : undefined) });
    const next = manager.update({ live, next: { ...live, data: { x: '2', y: '1' } }, manager: 'm', now: T0 });
    expect(next.metadata.managedFields?.map(({ manager: name, fieldsV1 }) => [name, fieldsV1])).toEqual([['old', { 'f:data': { 'f:y': {} } }], ['m', { 'f:data': { 'f:x': {} } }]]);
  });
});

describe('laws', () => {
  const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'));
  const configuration = fc.record({ data, containers: fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { maxLength: 3 }), finalizers: fc.uniqueArray(fc.constantFrom('x/1', 'x/2')) });
  type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;
  const applied = (stored: Stored, manager: string, { data: values, containers, finalizers }: Configuration): Stored =>
    stored.apply(manager, { data: values, ...(containers.length > 0 && { spec: { containers: containers.map((name) => container(name)) } }) }, { force: true, metadata: { ...(finalizers.length > 0 && { finalizers }) } });

  test('apply is idempotent', () => {
    fc.assert(fc.property(configuration, configuration, configuration, (first, second, third) => {
      const stored = applied(applied(new Stored(), 'm1', first), 'm2', second);
      const once = applied(stored, 'm1', third).object;
      expect(applied(stored, 'm1', third).object).toEqual(once);
    }), { numRuns: 60 });
  });

  test('an applier that applies nothing leaves what others applied', () => {
    fc.assert(fc.property(configuration, configuration, (first, second) => {
      const alone = applied(new Stored(), 'm2', second);
      const both = applied(applied(new Stored(), 'm2', second), 'm1', { ...first, data: { ...first.data, ...second.data } });
      both.apply('m1', {}, { force: true });
      expect(both.object?.['data'] ?? {}).toEqual(alone.object?.['data'] ?? {});
    }), { numRuns: 60 });
  });

  test('appliers of different fields commute', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('a', 'b'), fc.string()), fc.dictionary(fc.constantFrom('c', 'd'), fc.string()), (left, right) => {
      const one = new Stored().apply('m1', { data: left }).apply('m2', { data: right });
      const other = new Stored().apply('m2', { data: right }).apply('m1', { data: left });
      expect(one.object?.['data']).toEqual(other.object?.['data']);
      const untimed = (stored: Stored): unknown => new Map(stored.entries().map(([name, fields]) => [name.split(' ')[0], fields]));
      expect(untimed(one)).toEqual(untimed(other));
    }), { numRuns: 60 });
  });

  test('inputs are not changed', () => {
    const live = new Stored().update('u', { data: { x: '1' }, spec: { containers: [container('a')] } }).object;
    const before = structuredClone(live);
    thingManager().apply({ live, applied: thing({ data: { x: '2' }, spec: { containers: [container('b')] } }), manager: 'm', force: true, now: T0 });
    expect(live).toEqual(before);
  });
});

test('keepTimesOfUnchanged puts times back when nothing else differs', () => {
  const entry = { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {}, time: '2026-01-01T00:00:00Z' };
  const live = thing({ data: { x: '1' } }, { managedFields: [entry] });
  const later = thing({ data: { x: '1' } }, { managedFields: [{ ...entry, time: '2026-01-02T00:00:00Z' }] });
  expect(keepTimesOfUnchanged(live, later)).toEqual(live);
  const changed = { ...later, data: { x: '2' } };
  expect(keepTimesOfUnchanged(live, changed)).toBe(changed);
});

function refusal(run: () => unknown): StatusError {
  try { run(); } catch (error) { if (error instanceof StatusError) return error; throw error; }
  throw new Error('nothing was thrown');
}

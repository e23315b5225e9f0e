import { secretStrategy } from '../registry/core/secret.ts';
import { normaliseObject, type DecodeTarget, type Normalisable } from './decode-body.ts';

const target: DecodeTarget = { group: '', version: 'v1', kind: 'Pod', schema: 'io.k8s.api.core.v1.Pod', defaults: (object) => { (object['spec'] as { defaulted?: boolean }).defaulted = true; } };
const options = { fieldValidation: 'Ignore', warn: () => undefined } as const;
const plain: DecodeTarget = { group: 'g', version: 'v1', kind: 'Thing', schema: undefined };

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(Object.freeze(value))) frozen(member);
  return value;
}

const normalised = (value: unknown, more: Partial<Normalisable> = {}, of = target): object => normaliseObject({ value, duplicates: [], ...more }, of, options);

describe('normaliseObject', () => {
  const sent = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', labels: { l: 'v' } }, spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1000m' } } }] }, status: { phase: 'Running' } };
  const stored = frozen(normalised(sent)) as Record<string, unknown>;

  test.each([[['metadata', 'spec']], [['spec', 'status']], [['metadata']], [['metadata', 'spec', 'status']]])('untouched %j: as if all had been looked at, fields in their order', (untouched) => {
    const object = normalised({ ...stored, extra: 1 }, { untouched: new Set(untouched) });
    expect(JSON.stringify(object)).toBe(JSON.stringify(normalised({ ...stored, extra: 1 })));
  });

  test('shares nothing with what was untouched but the entries of managedFields', () => {
    const managedFields = [{ manager: 'm', fieldsV1: {} }];
    const before = frozen({ ...stored, metadata: { name: 'a', labels: { l: 'v' }, managedFields } });
    const object = normalised(before, { untouched: new Set(['metadata', 'spec', 'status']) }) as typeof before & Record<string, unknown>;
    expect([object.metadata, object.metadata.labels, object['spec'], object['status']].some(Object.isFrozen)).toBe(false);
    expect(object.metadata.managedFields).toBe(managedFields);
  });

  test('says that defaults made anew what was untouched', () => {
    const untouched = new Set(['metadata', 'data']);
    const secret: DecodeTarget = { group: '', version: 'v1', kind: 'Secret', schema: 'io.k8s.api.core.v1.Secret', defaults: (object) => { secretStrategy.defaults?.(object as Parameters<NonNullable<typeof secretStrategy.defaults>>[0]); } }; // a Secret
    const object = normalised({ kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' }, data: { a: 'aGk=' }, stringData: { b: 'hi' } }, { untouched }, secret);
    expect(object).toMatchObject({ data: { a: 'aGk=', b: 'aGk=' } });
    expect([...untouched]).toEqual(['metadata']);
  });

  test('makes a copy of what has no schema', () => {
    const value = frozen({ kind: 'Thing', apiVersion: 'g/v1', metadata: { name: 'a' }, spec: { deep: {} } });
    const object = normalised(value, {}, plain) as typeof value;
    expect(object).toEqual(value);
    expect(Object.isFrozen(object.spec.deep)).toBe(false);
  });
});

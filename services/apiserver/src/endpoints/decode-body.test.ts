import { secretStrategy } from '../registry/core/secret.ts';
import { decodeBody, normaliseObject, type DecodeTarget, type Normalisable } from './decode-body.ts';

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

const refusal = (of: DecodeTarget, body: string, contentType = 'application/json'): string => {
  try { decodeBody({ body: Buffer.from(body), headers: { 'content-type': contentType } }, of, { fieldValidation: 'Strict', warn: () => undefined }); } catch (error) { return (error as Error).message; }
  return 'taken';
};

describe('decodeBody', () => {
  const deployment: DecodeTarget = { group: 'apps', version: 'v1', kind: 'Deployment', schema: 'io.k8s.api.apps.v1.Deployment' };
  const configMap: DecodeTarget = { group: '', version: 'v1', kind: 'ConfigMap', schema: 'io.k8s.api.core.v1.ConfigMap' };
  const mismatch = (apiVersion: string): string => `the API version in the data (${apiVersion}) does not match the expected API version (apps/v1)`;

  test.each([
    [deployment, 'apps/v1', 'Deployment', 'taken'],
    [deployment, 'apps/v1beta1', 'Deployment', mismatch('apps/v1beta1')],
    [deployment, 'extensions/v1beta1', 'Deployment', mismatch('extensions/v1beta1')],
    [deployment, 'apps/v2', 'Deployment', 'Deployment in version "v2" cannot be handled as a Deployment: no kind "Deployment" is registered for version "apps/v2" in scheme "pkg/api/legacyscheme/scheme.go:30"'],
    [configMap, 'v2', 'ConfigMap', 'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"'],
    [configMap, 'v1', 'Pod', 'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion'],
    [configMap, 'policy/v1beta1', 'Eviction', 'Eviction in version "v1beta1" cannot be handled as a ConfigMap: converting (v1beta1.Eviction) to (core.ConfigMap): unknown conversion'],
  ])('reads %j of %s %s', (target, apiVersion, kind, expected) => {
    expect(refusal(target, JSON.stringify({ kind, apiVersion }))).toBe(expected);
  });

  test('tells all keys that stand twice in YAML as one fault', () => {
    expect(refusal(configMap, 'data: {a: b, a: c}\nmetadata:\n  name: a\n  name: b\nmore: 1\n', 'application/yaml'))
      .toBe('ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 1: key "a" already set in map\n  line 4: key "name" already set in map, unknown field "more"');
  });

  test('tells keys that stand twice in JSON one by one', () => {
    expect(refusal(configMap, '{"data":{"a":"b","a":"c"},"more":1}')).toBe('ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", unknown field "more"');
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { schemas } from '@kubernode/api';
import type { Schema } from '@kubernode/apimachinery';
import { textsOf, withDescriptions } from './field-descriptions.ts';
import { DESCRIPTIONS_FOLDER, loadDescriptions, SAME_AS, sharedName, type Descriptions } from './load-descriptions.ts';

const TEXT_LENGTH_MAX = 400;

const packages = readdirSync(DESCRIPTIONS_FOLDER).map((file) => path.basename(file, '.json'));
/** As they stand in the files, by whole names. */
const written: Descriptions = Object.fromEntries(packages.flatMap((name) => {
  const types = JSON.parse(readFileSync(path.join(DESCRIPTIONS_FOLDER, `${name}.json`), 'utf8')) as Descriptions; // what the test checks
  return Object.entries(types).map(([type, texts]) => [`${name}.${type}`, texts]);
}));

describe('loadDescriptions', () => {
  it('has a text for every type and field', async () => {
    const descriptions = await loadDescriptions();
    const missing = Object.entries(schemas).flatMap(([name, schema]) => {
      const texts = textsOf(name, schema, descriptions);
      return ['', ...Object.keys(schema.properties ?? {})].filter((field) => texts[field] === undefined).map((field) => `${name} ${field}`);
    });
    expect(missing).toEqual([]);
  });

  it('speaks of types and fields that there are', () => {
    const unknown = Object.entries(written).flatMap(([name, texts]) => {
      const schema = schemas[name];
      if (schema === undefined) return WITHOUT_FACTS.has(name) ? [] : [name];
      const { [SAME_AS]: other, ...own } = texts;
      const fields = Object.keys(own).filter((field) => field !== '' && !(field in (schema.properties ?? {}))).map((field) => `${name} ${field}`);
      return other === undefined || sharedName(name, other) in written ? fields : [...fields, `${name} ${SAME_AS}${other}`];
    });
    expect(unknown).toEqual([]);
  });

  it('is short, in whole sentences, and says nothing twice', () => {
    const flawed = Object.entries(written).flatMap(([name, { [SAME_AS]: other, ...own }]) => {
      const shared = other === undefined ? {} : written[sharedName(name, other)];
      return Object.entries(own).filter(([field, text]) => flawOf(text) || shared?.[field] === text).map(([field, text]) => `${name} ${field}: ${text}`);
    });
    expect(flawed).toEqual([]);
  });
});

/** Types of documents that no resource's facts lead to. */
const WITHOUT_FACTS: ReadonlySet<string> = new Set(['io.k8s.apimachinery.pkg.version.Info', 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch']);

/** Old kubectls and terminals show nothing but ASCII well. */
function flawOf(text: string): boolean {
  return text.length > TEXT_LENGTH_MAX || !/^[A-Z0-9'"].*[^. ]\.$/.test(text) || /[^ -~]|  /.test(text);
}

describe('withDescriptions', () => {
  const descriptions: Descriptions = { 'io.k8s.api.core.v1.Toleration': { '': 'A toleration.', operator: 'How.', key: 'Which.' } };
  const schema: Schema = { type: 'object', properties: { key: { type: 'string' }, operator: { type: 'string' }, value: { type: 'string' } } };

  it('puts texts beside facts, with the values that closed sets have', () => {
    expect(withDescriptions('io.k8s.api.core.v1.Toleration', schema, descriptions)).toEqual({
      description: 'A toleration.', type: 'object', properties: {
        key: { description: 'Which.', type: 'string' },
        operator: { description: 'How.\n\nPossible enum values:\n - `"Equal"`\n - `"Exists"`\n - `"Gt"`\n - `"Lt"`', type: 'string' },
        value: { type: 'string' },
      },
    });
  });

  it('leaves what a definition says itself', () => {
    const custom: Schema = { 'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }], properties: { kind: { type: 'string' }, spec: { type: 'object' } } };
    const { properties } = withDescriptions('com.example.v1.Widget', { ...custom, properties: { ...custom.properties, apiVersion: { type: 'string', ...{ description: 'own' } } } }, descriptions);
    expect(properties).toMatchObject({ apiVersion: { description: 'own' }, kind: { description: expect.stringContaining('Kind') as string }, spec: { type: 'object' } });
    expect(properties?.['spec']).not.toHaveProperty('description');
  });
});

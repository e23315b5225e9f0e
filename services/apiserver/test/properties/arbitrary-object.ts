import { enums } from '@kubernode/api';
import { copyJson, referencedName, type Schema } from '@kubernode/apimachinery';
import fc from 'fast-check';
import { builtInSchema } from '../../src/registry/object-schemas.ts';

type Fields = Record<string, unknown>;
interface Place { path: readonly (string | number)[]; schema: Schema; enumValues: readonly string[] | undefined }

/** Levels below a field that is added. */
const DEPTH_MAX = 3;
const ADDED_MAX = 4;
const WORDS = ['a', 'b-c', '1', 'example.com/x', '10Mi', '500m', '2024-01-01T00:00:00Z', 'A', ''] as const;
/** Whose values the server gives, or that would make it another object. */
const OWN_METADATA: ReadonlySet<string> = new Set(['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'managedFields', 'selfLink', 'ownerReferences']);

/** A minimal object with a few more fields, wherever its schema has room for them: plausible, though often not valid. */
export function arbitraryObject(schemaName: string, minimal: Readonly<Fields>): fc.Arbitrary<Fields> {
  const places = placesIn(minimal, schemaName);
  if (places.length === 0) return fc.constant(copyJson(minimal));
  return fc.uniqueArray(fc.constantFrom(...places), { minLength: 0, maxLength: ADDED_MAX, selector: ({ path }) => path.join('.') })
    .chain((chosen) => fc.tuple(...chosen.map((place) => valueOf(place.schema, place.enumValues, DEPTH_MAX))).map((values) => {
      const object = copyJson(minimal) as Fields; // a private copy
      chosen.forEach(({ path }, index) => { setAt(object, path, values[index]); });
      return object;
    }));
}

/** Fields that the schema knows and the object does not have, in all objects inside it. */
function placesIn(value: unknown, schemaName: string | undefined, schema: Schema | undefined = schemaName === undefined ? undefined : builtInSchema(schemaName), path: readonly (string | number)[] = []): Place[] {
  if (Array.isArray(value)) return schema?.items === undefined ? [] : value.flatMap((one, index) => placesIn(one, ...resolved(schema.items as Schema), [...path, index])); // by the check
  if (typeof value !== 'object' || value === null || schema?.properties === undefined) return [];
  return Object.entries(schema.properties).flatMap(([field, of]): Place[] => {
    if ((path.length === 0 && (field === 'kind' || field === 'apiVersion' || field === 'status')) || (path[0] === 'metadata' && path.length === 1 && OWN_METADATA.has(field))) return [];
    const known = (value as Fields)[field];
    return known === undefined ? [{ path: [...path, field], schema: of, enumValues: schemaName === undefined ? undefined : enums[schemaName]?.[field] }] : placesIn(known, ...resolved(of), [...path, field]);
  });
}

function resolved(schema: Schema): [name: string | undefined, schema: Schema | undefined] {
  const name = referencedName(schema.allOf?.[0] ?? schema);
  return name === undefined ? [undefined, schema] : [name, builtInSchema(name)];
}

function valueOf(given: Schema, enumValues: readonly string[] | undefined, depth: number): fc.Arbitrary<unknown> {
  const [name, schema = {}] = resolved(given);
  if (enumValues !== undefined && enumValues.length > 0) return fc.constantFrom(...enumValues);
  if (name?.endsWith('.Quantity') === true) return fc.constantFrom('1', '500m', '1Gi', '0.5', '1e3');
  if (name?.endsWith('.IntOrString') === true || schema.format === 'int-or-string') return fc.constantFrom<unknown>(1, 80, '50%', 'http');
  if (schema.format === 'date-time') return fc.constantFrom('2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000000Z');
  if (schema.format === 'byte') return fc.constantFrom('', 'YQ==', 'YWJj');
  switch (schema.type) {
    case 'boolean': return fc.boolean();
    case 'integer': return fc.constantFrom(0, 1, 5, 30, 8080);
    case 'number': return fc.constantFrom(0.5, 1);
    case 'array': return arrayOf(given, schema, depth);
    case 'object': return objectOf(name, schema, depth);
    case 'string': return fc.constantFrom<unknown>(...WORDS);
    default: return schema.properties === undefined ? fc.constant({}) : objectOf(name, schema, depth);
  }
}

/** Without what strategic merge cannot tell apart: doubled scalars, and items of lists by key that have the same key or none. */
function arrayOf(given: Schema, { items }: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth === 0 || items === undefined) return fc.constant([]);
  const mergeKey = given['x-kubernetes-patch-merge-key'];
  const [name, of] = resolved(items);
  if (mergeKey !== undefined && of !== undefined) return fc.array(objectOf(name, { ...of, required: [...new Set([...of.required ?? [], mergeKey])] }, depth - 1).filter((one) => (one as Fields)[mergeKey] !== ''), { maxLength: 1 }); // an object by its schema
  const item = valueOf(items, undefined, depth - 1);
  return of?.properties === undefined ? fc.uniqueArray(item, { maxLength: 2 }) : fc.array(item, { maxLength: 2 });
}

function objectOf(name: string | undefined, { properties, required = [], additionalProperties }: Schema, depth: number): fc.Arbitrary<unknown> {
  if (properties === undefined) return typeof additionalProperties !== 'object' || depth === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom('a', 'example.com/x', 'cpu', 'memory'), valueOf(additionalProperties, undefined, depth - 1), { maxKeys: 2 });
  const fields = Object.entries(properties).filter(([field]) => depth > 0 || required.includes(field));
  const arbitraries = Object.fromEntries(fields.map(([field, schema]) => [field, valueOf(schema, name === undefined ? undefined : enums[name]?.[field], depth - 1)] as const));
  const optional = Object.keys(arbitraries).filter((field) => !required.includes(field));
  return fc.subarray(optional, { maxLength: Math.min(3, optional.length) }).chain((chosen) => fc.record(Object.fromEntries([...required.filter((field) => field in arbitraries), ...chosen].map((field) => [field, arbitraries[field] as fc.Arbitrary<unknown>])))); // of the same keys
}

function setAt(object: Fields, path: readonly (string | number)[], value: unknown): void {
  const last = path.at(-1) ?? '';
  let at = object;
  for (const step of path.slice(0, -1)) at = at[step] as Fields; // the path was found in the same object
  at[last] = value;
}

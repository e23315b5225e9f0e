import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Schema, SchemaResolver } from '../schema/schema.ts';
import { mergeObjects } from './merge-objects.ts';
import { typeModel, type Atom } from './type-model.ts';
import { shapeOf, TypeMismatch } from './typed-value.ts';
import { validateTyped } from './validate-typed.ts';

/**
 * Merges a configuration into an object as server-side apply would, without owners: nothing is removed. A configuration may not touch what
 * can only be replaced as a whole: whoever means to change a field of it would drop the others unawares.
 * @throws Error that says in Kubernetes' words what does not fit.
 */
export function mergeTyped(live: JsonObject, configuration: JsonObject, { schema, resolver }: { schema: Schema | undefined; resolver: SchemaResolver }): JsonObject {
  const atom = typeModel(resolver).atomOf(schema);
  fitting('failed to convert patch object to typed object', () => { validateTyped(configuration, atom); });
  const atomics = atomicPaths(configuration, atom, '');
  if (atomics.length > 0) throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  fitting('failed to convert original object to typed object', () => { validateTyped(live, atom, { allowDuplicates: true }); });
  return fitting('failed to merge patch', () => mergeObjects(live, configuration, atom));
}

function fitting<T>(what: string, act: () => T): T {
  try { return act(); } catch (error) {
    if (error instanceof TypeMismatch) throw new Error(`${what}: ${error.message}`, { cause: error });
    throw error;
  }
}

function atomicPaths(value: Json, atom: Atom, path: string): string[] {
  if (Array.isArray(value)) {
    const { list } = atom;
    if (list === undefined) return [];
    return [...(list.atomic ? [path] : []), ...value.flatMap((item, index) => atomicPaths(item, list.element(), `${path}[${index}]`))];
  }
  const { map } = atom;
  if (!isJsonObject(value) || map === undefined || !('map' in shapeOf(atom, value))) return [];
  const below = Object.entries(value).flatMap(([name, member]) => {
    const field = map.field(name);
    return field === undefined ? [] : atomicPaths(member, field, `${path}.${name}`);
  });
  return [...(map.atomic ? [path] : []), ...below];
}

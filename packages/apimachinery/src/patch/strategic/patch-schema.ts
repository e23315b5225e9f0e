import { internalErrorWithoutReason } from '../../errors/status-error.ts';
import { referencedName, resolveSchema } from '../../schema/resolve-schema.ts';
import type { Schema, SchemaResolver } from '../../schema/schema.ts';

/** How strategic merge patches treat one field. */
export interface FieldStrategy {
  /** The schema of the field's value, for a list of its elements. */
  value: PatchSchema;
  /** `merge` and `replace` as the schema says; '' leaves the default: maps merge, lists are replaced. */
  strategy: string;
  /** Diffs of the field name the keys to keep. */
  retainKeys: boolean;
  /** '' for lists of scalars. */
  mergeKey: string;
}

/** A schema with all that is needed to look further down. `schema` is undefined where nothing is known. */
export interface PatchSchema { schema: Schema | undefined; typeName: string; resolver: SchemaResolver }

export function patchSchema(schemaName: string, resolver: SchemaResolver): PatchSchema {
  return { schema: resolver(schemaName), typeName: lastSegment(schemaName), resolver };
}

/** The strategy of a field that holds a map. Throws when the schema has no such field. */
export function mapFieldStrategy({ schema, typeName, resolver }: PatchSchema, field: string): FieldStrategy {
  const property = ownProperty(schema, field) ?? additionalSchema(schema);
  if (property === undefined) {
    throw internalErrorWithoutReason(schema?.properties === undefined
      ? 'merging an object in json but data type is not struct, instead is: map'
      : `unable to find api field in struct ${typeName} for the json field "${field}"`);
  }
  const strategies = (property['x-kubernetes-patch-strategy'] ?? '').split(',');
  return {
    value: { schema: resolveSchema(property, resolver), typeName: lastSegment(referencedName(property) ?? ''), resolver },
    strategy: strategies.find((strategy) => strategy !== 'retainKeys') ?? '',
    retainKeys: strategies.includes('retainKeys'),
    mergeKey: property['x-kubernetes-patch-merge-key'] ?? '',
  };
}

/** The strategy of a field that holds a list; its `value` is the schema of an element. */
export function listFieldStrategy(parent: PatchSchema, field: string): FieldStrategy {
  const found = mapFieldStrategy(parent, field);
  const items = found.value.schema?.items;
  if (items === undefined) throw internalErrorWithoutReason('expected slice or array type, but got: struct');
  return { ...found, value: { schema: resolveSchema(items, parent.resolver), typeName: lastSegment(referencedName(items) ?? ''), resolver: parent.resolver } };
}

function ownProperty(schema: Schema | undefined, field: string): Schema | undefined {
  return schema?.properties !== undefined && Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined;
}

function additionalSchema(schema: Schema | undefined): Schema | undefined {
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

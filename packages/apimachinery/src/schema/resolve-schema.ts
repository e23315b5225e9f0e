import type { Schema, SchemaResolver } from './schema.ts';

const REFERENCE_PREFIX = '#/components/schemas/';

/** The NAME that a schema refers to, by `$ref` or by an `allOf` of one reference. */
export function referencedName(schema: Schema): string | undefined {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  return reference?.startsWith(REFERENCE_PREFIX) === true ? reference.slice(REFERENCE_PREFIX.length) : reference;
}

/** The schema itself, or the one it refers to; undefined when the reference leads nowhere. */
export function resolveSchema(schema: Schema, resolver: SchemaResolver): Schema | undefined {
  const name = referencedName(schema);
  return name === undefined ? schema : resolver(name);
}

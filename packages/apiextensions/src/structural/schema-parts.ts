import { isJsonObject, type Json } from '@kubernode/apimachinery';
import type { apiextensionsV1 } from '@kubernode/api';

/** A schema of a custom resource, as its definition has it. */
export type SchemaProps = apiextensionsV1.JSONSchemaProps;

export type ValidationRule = apiextensionsV1.ValidationRule;

/** The one schema of a list's items; undefined when there is none or, in schemas that are not structural, a list of them. */
export function itemsOf({ items }: SchemaProps): SchemaProps | undefined {
  return items as SchemaProps | undefined; // structural schemas have one schema there, no list
}

/** The schema of values under keys that `properties` doesn't name; undefined when there is none or just a yes. */
export function additionalOf({ additionalProperties }: SchemaProps): SchemaProps | undefined {
  return isJsonObject(additionalProperties as Json) ? additionalProperties as SchemaProps : undefined; // a schema or a boolean
}

/** Whether keys that `properties` doesn't name may be there, with a schema or without. */
export function allowsAdditional({ additionalProperties }: SchemaProps): boolean {
  return additionalProperties !== undefined && (additionalProperties as unknown) !== false; // a schema or a boolean
}

/** The schema of a property or of any key; undefined for a key that no schema speaks of. */
export function schemaOfKey(schema: SchemaProps | undefined, key: string): SchemaProps | undefined {
  if (schema === undefined) return undefined;
  return propertyOf(schema, key) ?? additionalOf(schema);
}

export function propertyOf({ properties }: SchemaProps, name: string): SchemaProps | undefined {
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Fields that every object has, whatever its schema says. */
export const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The schema of a whole object: its metadata is the server's business. */
export function rootSchema(schema: SchemaProps): SchemaProps {
  return schema['x-kubernetes-embedded-resource'] === true ? schema : { ...schema, 'x-kubernetes-embedded-resource': true };
}

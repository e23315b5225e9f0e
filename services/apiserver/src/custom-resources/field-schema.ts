import { additionalOf, itemsOf, type SchemaProps } from '@kubernode/apiextensions';
import type { Schema } from '@kubernode/apimachinery';

const TEXT: Schema = { type: 'string' };
const METADATA: Schema = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** The schema by which fields of a custom resource are owned: every object has a kind and metadata, also one inside of another. */
export function fieldSchema(schema: SchemaProps | undefined): Schema {
  return withTypeMeta(schema === undefined ? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } : withEmbedded(schema));
}

function withTypeMeta(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, apiVersion: TEXT, kind: TEXT, metadata: METADATA } };
}

function withEmbedded(schema: SchemaProps): Schema {
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const below = {
    ...schema,
    ...(items && { items: withEmbedded(items) }),
    ...(additional && { additionalProperties: withEmbedded(additional) }),
    ...(schema.properties && { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, withEmbedded(property)])) }),
  } as Schema; // schemas of definitions are OpenAPI's
  return schema['x-kubernetes-embedded-resource'] === true ? withTypeMeta(below) : below;
}

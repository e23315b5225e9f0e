import type { Schema } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { SCHEMA_NAMES } from './operation.ts';
import { listSchemaName, SCHEMA_REF, schemaName } from './schema-name.ts';

/** Which document a schema is for: the older one's readers, kubectl before all, understand less. */
export type DocumentVersion = 'v2' | 'v3';

const TEXT: Schema = { type: 'string' };
const metadataOf = (name: string): Schema => ({ allOf: [{ $ref: SCHEMA_REF + name }] });
const OBJECT_META = metadataOf(SCHEMA_NAMES.objectMeta);
const PRESERVES = 'x-kubernetes-preserve-unknown-fields';

/** The schemas of custom kinds and their lists, as documents publish them. Source: builder.go of kube-apiserver's controller for them. */
export function customSchemas(resources: readonly OfferedResource[], version: DocumentVersion): Record<string, Schema> {
  const result: Record<string, Schema> = {};
  for (const resource of resources) {
    if (resource.custom !== true) continue;
    const { group, version: served, kind, listKind = `${kind}List`, selectableFields = [] } = resource;
    const name = schemaName(resource);
    const selectable = selectableFields.length > 0 && { 'x-kubernetes-selectable-fields': selectableFields.map((fieldPath) => ({ fieldPath })) };
    result[name] = { ...ofKind(resource.customSchema, version), 'x-kubernetes-group-version-kind': [{ group, version: served, kind }], ...selectable };
    result[listSchemaName(resource)] = {
      type: 'object', required: ['items'],
      properties: { apiVersion: TEXT, items: { type: 'array', items: { $ref: SCHEMA_REF + name } }, kind: TEXT, metadata: metadataOf(SCHEMA_NAMES.listMeta) },
      'x-kubernetes-group-version-kind': [{ group, version: served, kind: listKind }],
    };
  }
  return result;
}

/** Where any field may come, naming a few would make clients refuse all others. */
function ofKind(schema: Schema | undefined, version: DocumentVersion): Schema {
  if (schema === undefined || (version === 'v2' && schema[PRESERVES] === true)) return { type: 'object' };
  return { type: 'object', ...withObjectFields(withEmbedded(version === 'v2' ? withoutNewerWords(schema) : schema, version)) };
}

function withObjectFields(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, apiVersion: TEXT, kind: TEXT, metadata: OBJECT_META } };
}

/** Objects inside of an object have the fields of every object, too. */
function withEmbedded(schema: Schema, version: DocumentVersion): Schema {
  const below = mapBelow(schema, (one) => withEmbedded(one, version));
  if (schema['x-kubernetes-embedded-resource'] !== true || (version === 'v2' && schema[PRESERVES] === true)) return below;
  return withObjectFields({ ...below, required: [...new Set([...schema.required ?? [], 'kind', 'apiVersion'])] });
}

/** What Swagger 2 or kubectl's reading of it has no word for is left out, so that less is checked, and nothing wrongly. */
function withoutNewerWords(schema: Schema): Schema {
  const { allOf: _all, oneOf: _one, anyOf: _any, not: _not, nullable, items, properties, type, required, additionalProperties, ...rest } = schema as Schema & { anyOf?: unknown; not?: unknown }; // schemas of definitions have them
  const isOpen = schema[PRESERVES] === true;
  const hasChildren = nullable !== true && !isOpen;
  const isKnown = type !== undefined && nullable !== true && !(isOpen && type === 'object') && !(type === 'array' && (items === undefined || !hasChildren));
  const needed = typeof additionalProperties === 'object' && additionalProperties.nullable === true ? [] : (required ?? []).filter((name) => properties?.[name]?.nullable !== true);
  return mapBelow({
    ...rest, ...(isKnown && { type }), ...(needed.length > 0 && { required: needed }), ...(additionalProperties !== undefined && { additionalProperties }),
    ...(hasChildren && items !== undefined && { items }), ...(hasChildren && properties !== undefined && { properties }),
  }, withoutNewerWords);
}

function mapBelow(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const { items, properties, additionalProperties } = schema;
  return {
    ...schema,
    ...(items !== undefined && { items: change(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: change(additionalProperties) }),
    ...(properties !== undefined && { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, change(property)])) }),
  };
}

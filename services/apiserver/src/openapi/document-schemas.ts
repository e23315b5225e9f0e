import { enums, schemas } from '@kubernode/api';
import { formatApiVersion, type Schema } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { customSchemas, type DocumentVersion } from './custom-schemas.ts';
import { withDescriptions } from './field-descriptions.ts';
import type { Descriptions } from './load-descriptions.ts';
import { SCHEMA_NAMES, type Operation } from './operation.ts';
import { SCHEMA_REF } from './schema-name.ts';

/** A schema as documents show it: facts, with closed sets of values written out. */
export type DocumentSchema = Schema & { enum?: readonly string[] };
export type DocumentSchemas = Record<string, DocumentSchema>;

/** What documents are made of besides operations. */
export interface DocumentParts { resources: readonly OfferedResource[]; descriptions: Descriptions }

/** The schemas that some operations lead to, by name and in order of names. */
export function documentSchemas(operations: readonly Operation[], { resources, descriptions }: DocumentParts, version: DocumentVersion): DocumentSchemas {
  const custom = customSchemas(resources, version);
  const found: DocumentSchemas = {};
  const queue = [...new Set(operations.flatMap(rootsOf))];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name in found) continue;
    const schema = custom[name] ?? BEYOND_RESOURCES[name] ?? schemas[name];
    if (schema === undefined) continue;
    const described = withDescriptions(name, schema, descriptions);
    found[name] = SHARED_KINDS.has(name) ? withGroupVersions(described, resources) : withEnums(name, described);
    queue.push(...referencesOf(schema));
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Kinds that belong to every version of every group. */
const SHARED_KINDS: ReadonlySet<string> = new Set([SCHEMA_NAMES.deleteOptions, SCHEMA_NAMES.watchEvent]);

function withGroupVersions(schema: Schema, resources: readonly OfferedResource[]): DocumentSchema {
  const kind = schema['x-kubernetes-group-version-kind']?.[0]?.kind ?? '';
  const kinds = new Map([['v1', { group: '', version: 'v1', kind }], ...resources.map(({ group, version }) => [formatApiVersion({ group, version }), { group, version, kind }] as const)]);
  return { ...schema, 'x-kubernetes-group-version-kind': [...kinds.values()] };
}

/** Schemas that no resource of the facts leads to. */
const BEYOND_RESOURCES: Readonly<Record<string, Schema>> = {
  [SCHEMA_NAMES.patch]: { type: 'object' },
  [SCHEMA_NAMES.versionInfo]: {
    type: 'object',
    properties: Object.fromEntries(['buildDate', 'compiler', 'gitCommit', 'gitTreeState', 'gitVersion', 'goVersion', 'major', 'minor', 'platform'].map((name) => [name, { type: 'string', default: '' } as const])),
    required: ['major', 'minor', 'gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler', 'platform'],
  },
};

function rootsOf({ body, answers }: Operation): string[] {
  const inAnswers = answers.flatMap(({ content }) => (typeof content === 'object' ? [content.schema] : []));
  return body === undefined ? inAnswers : [body.schema, ...inAnswers];
}

function referencesOf(schema: Schema): string[] {
  const below = [
    ...Object.values(schema.properties ?? {}), ...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.items === undefined ? [] : [schema.items]),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ].flatMap(referencesOf);
  return schema.$ref === undefined ? below : [schema.$ref.slice(SCHEMA_REF.length), ...below];
}

function withEnums(name: string, schema: Schema): DocumentSchema {
  const closed = enums[name];
  if (closed === undefined || schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([field, property]) => [field, withEnum(property, closed[field])]);
  return { ...schema, properties: Object.fromEntries(properties) as Record<string, DocumentSchema> }; // fromEntries loses the value type
}

function withEnum(property: Schema, values: readonly string[] | undefined): DocumentSchema {
  if (values === undefined) return property;
  if (property.items !== undefined) return { ...property, items: { ...property.items, enum: values } as DocumentSchema }; // items carry the enum of list fields
  return { ...property, enum: values };
}

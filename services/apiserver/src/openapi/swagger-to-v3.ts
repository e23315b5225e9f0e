import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import { SCHEMA_REF } from './schema-name.ts';
import { DEFINITIONS, type Swagger } from './swagger-references.ts';
import type { V3Document } from './v3-document.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

/** An OpenAPI 3 document of what a server says that has Swagger 2 alone. What only Swagger 2 can say is lost. Pure. */
export function swaggerToV3(document: Swagger): V3Document {
  const { info, paths, definitions, securityDefinitions, responses, produces, externalDocs } = document;
  const converted = {
    openapi: '3.0.0',
    info: { title: '', version: '', ...objectOf(info) },
    ...(externalDocs !== undefined && { externalDocs }),
    paths: mapValues(paths, (item) => (isJsonObject(item) ? pathItem(item) : item)),
    components: {
      schemas: mapValues(definitions, schemaOf), securitySchemes: mapValues(securityDefinitions, securityScheme),
      ...(responses !== undefined && { responses: mapValues(responses, (one) => response(one, produces)) }),
    },
  };
  return converted as unknown as V3Document; // the foreign part of the document is not looked at any closer
}

function pathItem(item: JsonObject): JsonObject {
  const { parameters, ...rest } = item;
  const methods = METHODS.flatMap((method) => (isJsonObject(rest[method]) ? [[method, operation(rest[method])] as const] : []));
  return { ...rest, ...Object.fromEntries(methods), ...(Array.isArray(parameters) && { parameters: parameters.map(parameter) }) };
}

/** What both versions say the same way. */
const OF_OPERATIONS = ['description', 'summary', 'deprecated', 'externalDocs', 'operationId'];

function operation(value: JsonObject): JsonObject {
  const { tags = [], parameters, consumes, produces, responses } = value;
  const all = listOf(parameters);
  const body = all.find(({ name, schema }) => name === 'body' && schema !== undefined);
  const others = all.filter((one) => one !== body).map(parameter);
  const kept = Object.entries(value).filter(([name]) => OF_OPERATIONS.includes(name) || name.startsWith('x-'));
  return {
    ...Object.fromEntries(kept), tags,
    ...(others.length > 0 && { parameters: others }),
    ...(body !== undefined && { requestBody: { content: content(consumes, body['schema']) } }),
    responses: mapValues(responses, (one) => response(one, produces)),
  };
}

function response(value: Json, produces: Json | undefined): Json {
  if (!isJsonObject(value)) return value;
  const { schema, headers: _headers, examples: _examples, $ref, ...rest } = value;
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/responses/', '#/components/responses/') };
  return { ...rest, ...(schema !== undefined && { content: content(produces, schema) }) };
}

function content(types: Json | undefined, schema: Json | undefined): JsonObject {
  const names = Array.isArray(types) ? types.filter((one) => typeof one === 'string') : [];
  return Object.fromEntries(names.map((name) => [name, { schema: schemaOf(schema ?? {}) }]));
}

function parameter(value: Json): JsonObject {
  const { $ref, name, in: place, description, required, allowEmptyValue, schema, type, format, uniqueItems, ...rest } = objectOf(value);
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/parameters/', '#/components/parameters/') };
  const extensions = Object.fromEntries(Object.entries(rest).filter(([key]) => key.startsWith('x-')));
  return present({ ...extensions, name, in: place, description, required, allowEmptyValue, schema: schema === undefined ? present({ type, format, uniqueItems }) : schemaOf(schema) });
}

function securityScheme(value: Json): Json {
  const { flow, authorizationUrl, tokenUrl, scopes, ...rest } = objectOf(value);
  return typeof flow === 'string' ? { ...rest, flows: { [flow]: present({ authorizationUrl, tokenUrl, scopes }) } } : rest;
}

/** References may have no neighbours in OpenAPI 3: those are put beside an `allOf`. */
function schemaOf(value: Json): Json {
  if (!isJsonObject(value)) return value;
  const { $ref, properties, items, additionalProperties, additionalItems, allOf, ...rest } = value;
  const schema: JsonObject = {
    ...rest,
    ...(properties !== undefined && { properties: mapValues(properties, schemaOf) }),
    ...(items !== undefined && { items: Array.isArray(items) ? items.map(schemaOf) : schemaOf(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: schemaOf(additionalProperties) }),
    ...(additionalItems !== undefined && { additionalItems: schemaOf(additionalItems) }),
    ...(Array.isArray(allOf) && { allOf: allOf.map(schemaOf) }),
  };
  if (typeof $ref !== 'string') return schema;
  const reference = { $ref: $ref.replace(DEFINITIONS, SCHEMA_REF) };
  return Object.keys(schema).length === 0 ? reference : { ...schema, allOf: [reference] };
}

function mapValues(value: Json | undefined, convert: (one: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, one]) => [name, name.startsWith('x-') ? one : convert(one)]));
}

function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
}

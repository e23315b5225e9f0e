import type { Schema } from '@kubernode/apimachinery';
import { documentSchemas, type DocumentParts, type DocumentSchema } from './document-schemas.ts';
import { isSame, parametersOf, sharedParameters, type Operation, type OperationAnswer, type Parameter } from './operation.ts';
import { SCHEMA_REF } from './schema-name.ts';
import { operationsByPath, type DocumentInfo } from './v3-document.ts';

/** The part of Swagger 2 that is written here. Its protobuf form has a field for each. */
export interface V2Document {
  swagger: '2.0';
  info: DocumentInfo;
  paths: Record<string, V2PathItem>;
  definitions: Record<string, V2Schema>;
  securityDefinitions: Record<string, { type: 'apiKey'; description: string; name: string; in: string }>;
  security: Record<string, string[]>[];
}

export type V2PathItem = Partial<Record<Operation['method'], V2Operation>> & { parameters?: V2Parameter[] };

export interface V2Operation {
  tags: readonly string[];
  operationId: string;
  consumes?: readonly string[];
  produces?: readonly string[];
  schemes: string[];
  parameters?: V2Parameter[];
  responses: Record<string, { description: string; schema?: V2Schema }>;
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: object;
}

export interface V2Parameter { name: string; in: 'query' | 'path' | 'body'; required?: boolean; type?: string; uniqueItems?: boolean; schema?: V2Schema }

export interface V2Schema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  enum?: readonly unknown[];
  required?: readonly string[];
  items?: V2Schema;
  properties?: Record<string, V2Schema>;
  additionalProperties?: V2Schema | boolean;
  /** x-kubernetes-… */
  [extension: `x-${string}`]: unknown;
}

const DEFINITION_REF = '#/definitions/';

/** The one Swagger 2 document of everything that this server serves itself, for older clients. */
export function v2Document(operations: readonly Operation[], parts: DocumentParts, info: DocumentInfo): V2Document {
  const schemas = Object.entries(documentSchemas(operations, parts, 'v2'));
  return {
    swagger: '2.0',
    info,
    paths: Object.fromEntries(operationsByPath(operations).map(([path, ofPath]) => [path, v2PathItem(ofPath)])),
    definitions: Object.fromEntries(schemas.map(([name, schema]) => [name, v2Schema(schema)])),
    securityDefinitions: { BearerToken: { type: 'apiKey', description: 'Bearer token authentication', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  };
}

function v2PathItem(operations: readonly Operation[]): V2PathItem {
  const shared = sharedParameters(operations);
  const item: V2PathItem = {};
  for (const operation of operations) item[operation.method] = v2Operation(operation, shared);
  if (shared.length > 0) item.parameters = shared.map(v2Parameter);
  return item;
}

function v2Operation(operation: Operation, shared: readonly Parameter[]): V2Operation {
  const own = parametersOf(operation).filter((parameter) => !shared.some((one) => isSame(one, parameter))).map(v2Parameter);
  const { body } = operation;
  const parameters: V2Parameter[] = body === undefined ? own : [{ in: 'body', name: 'body', ...(body.required && { required: true }), schema: { $ref: DEFINITION_REF + body.schema } }, ...own];
  return {
    tags: operation.tags, operationId: operation.id, schemes: ['https'],
    ...(operation.consumes.length > 0 && { consumes: operation.consumes }), ...(operation.produces.length > 0 && { produces: operation.produces }),
    ...(parameters.length > 0 && { parameters }),
    responses: Object.fromEntries(operation.answers.map((answer) => [answer.code, v2Response(answer)])),
    ...(operation.action !== undefined && { 'x-kubernetes-action': operation.action }),
    ...(operation.kind !== undefined && { 'x-kubernetes-group-version-kind': operation.kind }),
  };
}

function v2Response({ description, content }: OperationAnswer): { description: string; schema?: V2Schema } {
  if (content === 'nothing') return { description };
  return { description, schema: typeof content === 'object' ? { $ref: DEFINITION_REF + content.schema } : { type: 'string' } };
}

function v2Parameter({ name, in: place, type }: Parameter): V2Parameter {
  return { uniqueItems: true, type, name, in: place, ...(place === 'path' && { required: true }) };
}

/** Swagger 2 knows neither `oneOf` nor facts beside a reference, and older clients expect no defaults. */
function v2Schema(schema: DocumentSchema): V2Schema {
  const { $ref, allOf, oneOf, default: _default, items, properties, additionalProperties, ...rest } = schema;
  const reference = $ref ?? allOf?.[0]?.$ref;
  if (reference !== undefined) return { ...rest, $ref: DEFINITION_REF + reference.slice(SCHEMA_REF.length) };
  return {
    ...rest,
    ...(oneOf !== undefined && { type: 'string' }),
    ...(items !== undefined && { items: v2Schema(items) }),
    ...(properties !== undefined && { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, v2Schema(property)])) }),
    ...(additionalProperties !== undefined && { additionalProperties: v2Additional(additionalProperties) }),
  };
}

function v2Additional(schema: Schema | boolean): V2Schema | boolean {
  return typeof schema === 'boolean' ? schema : v2Schema(schema);
}

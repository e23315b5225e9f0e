import { documentSchemas, type DocumentParts, type DocumentSchema, type DocumentSchemas } from './document-schemas.ts';
import { ANY_TYPE, isSame, parametersOf, sharedParameters, type Content, type Operation, type Parameter } from './operation.ts';
import { SCHEMA_REF } from './schema-name.ts';

export interface DocumentInfo { title: string; version: string }

/** The part of OpenAPI 3 that is written here. Its protobuf form has a field for each. */
export interface V3Document {
  openapi: '3.0.0';
  info: DocumentInfo;
  paths: Record<string, V3PathItem>;
  components: { schemas: DocumentSchemas; securitySchemes: Record<string, { type: string; description: string; name: string; in: string }> };
}

export type V3PathItem = Partial<Record<Operation['method'], V3Operation>> & { parameters?: V3Parameter[] };

export interface V3Operation {
  tags: readonly string[];
  operationId: string;
  parameters?: V3Parameter[];
  requestBody?: { content: V3Content; required?: true };
  responses: Record<string, { description: string; content?: V3Content }>;
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: object;
}

export type V3Content = Record<string, { schema: DocumentSchema }>;
export interface V3Parameter { name: string; in: string; required?: true; schema: DocumentSchema & { uniqueItems: true } }

/** An OpenAPI 3 document of some operations and all schemas they lead to. */
export function v3Document(operations: readonly Operation[], parts: DocumentParts, info: DocumentInfo): V3Document {
  return {
    openapi: '3.0.0',
    info,
    paths: v3Paths(operations),
    components: { schemas: documentSchemas(operations, parts, 'v3'), securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer token authentication', name: 'authorization', in: 'header' } } },
  };
}

function v3Paths(operations: readonly Operation[]): Record<string, V3PathItem> {
  return Object.fromEntries(operationsByPath(operations).map(([path, ofPath]) => {
    const shared = sharedParameters(ofPath);
    const methods = ofPath.map((operation) => [operation.method, v3Operation(operation, shared)]);
    return [path, { ...Object.fromEntries(methods), ...(shared.length > 0 && { parameters: shared.map(v3Parameter) }) }];
  }));
}

/** In order of paths. */
export function operationsByPath(operations: readonly Operation[]): [string, Operation[]][] {
  const byPath = new Map<string, Operation[]>();
  for (const operation of operations) {
    const ofPath = byPath.get(operation.path);
    if (ofPath === undefined) byPath.set(operation.path, [operation]);
    else ofPath.push(operation);
  }
  return [...byPath].sort(([a], [b]) => (a < b ? -1 : 1));
}

function v3Operation(operation: Operation, shared: readonly Parameter[]): V3Operation {
  const parameters = parametersOf(operation).filter((parameter) => !shared.some((one) => isSame(one, parameter)));
  const { body, consumes, produces } = operation;
  return {
    tags: operation.tags, operationId: operation.id,
    ...(parameters.length > 0 && { parameters: parameters.map(v3Parameter) }),
    ...(body !== undefined && { requestBody: { content: v3Content(consumes, { schema: body.schema }), ...(body.required && { required: true }) } }),
    responses: Object.fromEntries(operation.answers.map(({ code, description, content }) => [code, { description, ...(content !== 'nothing' && { content: v3Content(produces, content) }) }])),
    ...(operation.action !== undefined && { 'x-kubernetes-action': operation.action }),
    ...(operation.kind !== undefined && { 'x-kubernetes-group-version-kind': operation.kind }),
  };
}

function v3Content(types: readonly string[], content: Content): V3Content {
  const schema: DocumentSchema = typeof content === 'object' ? { $ref: SCHEMA_REF + content.schema } : { type: 'string' };
  return Object.fromEntries((types.length === 0 ? ANY_TYPE : types).map((type) => [type, { schema }]));
}

function v3Parameter({ name, in: place, type }: Parameter): V3Parameter {
  return { name, in: place, ...(place === 'path' && { required: true }), schema: { type, uniqueItems: true } };
}

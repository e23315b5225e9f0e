import type { Schema } from '@kubernode/apimachinery';
import type { DocumentSchema } from './document-schemas.ts';
import { boolField, messageField, stringField } from './protobuf-writer.ts';
import type { V3Content, V3Document, V3Operation, V3Parameter, V3PathItem } from './v3-document.ts';

/** The document as an `openapi.v3.Document` message of gnostic. Field numbers are gnostic's; defaults that are no scalars have none. */
export function encodeV3Document({ openapi, info, paths, components }: V3Document): Buffer {
  return Buffer.concat([
    stringField(1, openapi),
    messageField(2, [stringField(1, info.title), stringField(6, info.version)]),
    messageField(4, Object.entries(paths).map(([path, item]) => messageField(1, [stringField(1, path), messageField(2, pathItem(item))]))),
    messageField(5, [
      messageField(1, namedSchemas(components.schemas)),
      messageField(7, Object.entries(components.securitySchemes).map(([name, { type, description, name: header, in: place }]) => messageField(1, [
        stringField(1, name), messageField(2, [messageField(1, [stringField(1, type), stringField(2, description), stringField(3, header), stringField(4, place)])]),
      ]))),
    ]),
  ]);
}

const METHOD_FIELDS = { get: 4, put: 5, post: 6, delete: 7, options: 8, head: 9, patch: 10 } as const;

function pathItem(item: V3PathItem): Buffer[] {
  const methods = (Object.keys(METHOD_FIELDS) as (keyof typeof METHOD_FIELDS)[]) // Object.keys forgets the literal types
    .flatMap((method) => { const operation = item[method]; return operation === undefined ? [] : [messageField(METHOD_FIELDS[method], encodeOperation(operation))]; });
  return [...methods, ...(item.parameters ?? []).map((parameter) => messageField(13, encodeParameter(parameter)))];
}

function encodeOperation(operation: V3Operation): Buffer[] {
  const { requestBody } = operation;
  const responses = Object.entries(operation.responses).map(([code, { description, content }]) => messageField(2, [
    stringField(1, code), messageField(2, [messageField(1, [stringField(1, description), ...(content === undefined ? [] : [messageField(3, mediaTypes(content))])])]),
  ]));
  return [
    ...operation.tags.map((tag) => stringField(1, tag)), stringField(5, operation.operationId),
    ...(operation.parameters ?? []).map((parameter) => messageField(6, encodeParameter(parameter))),
    ...(requestBody === undefined ? [] : [messageField(7, [messageField(1, [messageField(2, mediaTypes(requestBody.content)), boolField(3, requestBody.required)])])]),
    messageField(8, responses), ...extensions(13, operation),
  ];
}

function encodeParameter({ name, in: place, required, schema }: V3Parameter): Buffer[] {
  return [messageField(1, [stringField(1, name), stringField(2, place), boolField(4, required), messageField(10, schemaOrReference(schema))])];
}

function mediaTypes(content: V3Content): Buffer[] {
  return Object.entries(content).map(([type, { schema }]) => messageField(1, [stringField(1, type), messageField(2, [messageField(1, schemaOrReference(schema))])]));
}

function namedSchemas(schemas: Readonly<Record<string, Schema>>): Buffer[] {
  return Object.entries(schemas).map(([name, schema]) => messageField(1, [stringField(1, name), messageField(2, schemaOrReference(schema))]));
}

function schemaOrReference(schema: DocumentSchema & { uniqueItems?: boolean }): Buffer[] {
  return schema.$ref === undefined ? [messageField(1, encodeSchema(schema))] : [messageField(2, [stringField(1, schema.$ref)])];
}

function encodeSchema(schema: DocumentSchema & { uniqueItems?: boolean; description?: string }): Buffer[] {
  const { additionalProperties: additional, items, properties } = schema;
  return [
    boolField(20, schema.uniqueItems), ...(schema.required ?? []).map((field) => stringField(23, field)),
    ...(schema.enum ?? []).map((value) => messageField(24, anyValue(value))), stringField(25, schema.type),
    ...(schema.allOf ?? []).map((one) => messageField(26, schemaOrReference(one))), ...(schema.oneOf ?? []).map((one) => messageField(27, schemaOrReference(one))),
    ...(items === undefined ? [] : [messageField(30, [messageField(1, schemaOrReference(items))])]),
    ...(properties === undefined ? [] : [messageField(31, namedSchemas(properties))]),
    ...(additional === undefined ? [] : [messageField(32, [typeof additional === 'boolean' ? boolField(2, additional) : messageField(1, schemaOrReference(additional))])]),
    ...defaultValue(schema.default), stringField(34, schema.description), stringField(35, schema.format), ...extensions(36, schema),
  ];
}

function defaultValue(value: unknown): Buffer[] {
  if (typeof value === 'string') return [messageField(33, [stringField(3, value)])];
  if (typeof value === 'boolean') return [messageField(33, [boolField(2, value)])];
  return [];
}

function extensions(field: number, holder: object): Buffer[] {
  return Object.entries(holder).filter(([name]) => name.startsWith('x-')).map(([name, value]) => messageField(field, [stringField(1, name), messageField(2, anyValue(value))]));
}

/** gnostic's Any carries YAML; JSON is YAML. */
function anyValue(value: unknown): Buffer[] {
  return [stringField(2, `${JSON.stringify(value)}\n`)];
}

import { boolField, messageField, stringField } from './protobuf-writer.ts';
import type { V2Document, V2Operation, V2Parameter, V2PathItem, V2Schema } from './v2-document.ts';

/** The document as an `openapi.v2.Document` message of gnostic, which older kubectl ask for. Field numbers are gnostic's. */
export function encodeV2Document(document: V2Document): Buffer {
  return Buffer.concat([
    stringField(1, document.swagger),
    messageField(2, [stringField(1, document.info.title), stringField(2, document.info.version)]),
    messageField(8, Object.entries(document.paths).map(([path, item]) => messageField(2, [stringField(1, path), messageField(2, pathItem(item))]))),
    messageField(9, namedSchemas(document.definitions)),
    ...document.security.map((requirement) => messageField(12, Object.entries(requirement).map(([name, scopes]) => messageField(1, [stringField(1, name), messageField(2, scopes.map((scope) => stringField(1, scope)))])))),
    messageField(13, Object.entries(document.securityDefinitions).map(([name, { type, name: header, in: place, description }]) => messageField(1, [
      stringField(1, name), messageField(2, [messageField(2, [stringField(1, type), stringField(2, header), stringField(3, place), stringField(4, description)])]),
    ]))),
  ]);
}

const METHOD_FIELDS = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

function pathItem(item: V2PathItem): Buffer[] {
  const methods = (Object.keys(METHOD_FIELDS) as (keyof typeof METHOD_FIELDS)[]) // Object.keys forgets the literal types
    .flatMap((method) => { const operation = item[method]; return operation === undefined ? [] : [messageField(METHOD_FIELDS[method], encodeOperation(operation))]; });
  return [...methods, ...(item.parameters ?? []).map((parameter) => messageField(9, encodeParameter(parameter)))];
}

function encodeOperation(operation: V2Operation): Buffer[] {
  const responses = Object.entries(operation.responses).map(([code, { description, schema }]) => messageField(1, [
    stringField(1, code),
    messageField(2, [messageField(1, [stringField(1, description), ...(schema === undefined ? [] : [messageField(2, [messageField(1, encodeSchema(schema))])])])]),
  ]));
  return [
    ...strings(1, operation.tags), stringField(5, operation.operationId), ...strings(6, operation.produces), ...strings(7, operation.consumes),
    ...(operation.parameters ?? []).map((parameter) => messageField(8, encodeParameter(parameter))),
    messageField(9, responses), ...strings(10, operation.schemes), ...extensions(13, operation),
  ];
}

/** A ParametersItem holding a Parameter: each level is a choice of its own. */
function encodeParameter({ name, in: place, required, type, uniqueItems, schema }: V2Parameter): Buffer[] {
  if (place === 'body') {
    return [messageField(1, [messageField(1, [stringField(2, name), stringField(3, place), boolField(4, required), messageField(5, encodeSchema(schema ?? {}))])])];
  }
  const fields = place === 'query'
    ? messageField(3, [boolField(1, required), stringField(2, place), stringField(4, name), stringField(6, type), boolField(20, uniqueItems)])
    : messageField(4, [boolField(1, required), stringField(2, place), stringField(4, name), stringField(5, type), boolField(19, uniqueItems)]);
  return [messageField(1, [messageField(2, [fields])])];
}

function encodeSchema(schema: V2Schema): Buffer[] {
  const { additionalProperties: additional, items, properties } = schema;
  return [
    stringField(1, schema.$ref), stringField(2, schema.format), stringField(4, schema.description), ...strings(19, schema.required),
    ...(schema.enum ?? []).map((value) => messageField(20, anyValue(value))),
    ...(additional === undefined ? [] : [messageField(21, [typeof additional === 'boolean' ? boolField(2, additional) : messageField(1, encodeSchema(additional))])]),
    ...(schema.type === undefined ? [] : [messageField(22, [stringField(1, schema.type)])]),
    ...(items === undefined ? [] : [messageField(23, [messageField(1, encodeSchema(items))])]),
    ...(properties === undefined ? [] : [messageField(25, namedSchemas(properties))]),
    ...extensions(31, schema),
  ];
}

function namedSchemas(schemas: Readonly<Record<string, V2Schema>>): Buffer[] {
  return Object.entries(schemas).map(([name, schema]) => messageField(1, [stringField(1, name), messageField(2, encodeSchema(schema))]));
}

function extensions(field: number, holder: object): Buffer[] {
  return Object.entries(holder).filter(([name]) => name.startsWith('x-')).map(([name, value]) => messageField(field, [stringField(1, name), messageField(2, anyValue(value))]));
}

/** gnostic's Any carries YAML; JSON is YAML. */
function anyValue(value: unknown): Buffer[] {
  return [stringField(2, `${JSON.stringify(value)}\n`)];
}

function strings(field: number, values: readonly string[] | undefined): Buffer[] {
  return (values ?? []).map((value) => stringField(field, value));
}

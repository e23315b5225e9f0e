import { isJsonObject, type Json } from '@kubernode/apimachinery';
import { any, choice, double, entriesOf, extensions, flag, integer, list, mapMessage, message, messageFields, pairs, text, type FieldsInOrder, type FieldWriter } from './protobuf-fields.ts';
import { chosenBool, messageField, stringField } from './protobuf-writer.ts';
import type { Swagger } from './swagger-references.ts';

/** The document as an `openapi.v2.Document` message of gnostic, which older kubectl ask for. The order of fields is gnostic's. */
export function encodeV2Document(document: Swagger): Buffer {
  return Buffer.concat(messageFields(DOCUMENT, document));
}

const EXTERNAL_DOCS = message({ description: text, url: text });
const SECURITY = list(mapMessage((field, scopes) => messageField(field, [list(text)(1, scopes)])));

/** What values of parameters, headers and their items may be. */
const SIMPLE_TYPE: FieldsInOrder = { type: text, format: text, items: (field, value) => PRIMITIVE_ITEMS(field, value), collectionFormat: text, default: any };
const LIMITS: FieldsInOrder = {
  maximum: double, exclusiveMaximum: flag, minimum: double, exclusiveMinimum: flag, maxLength: integer, minLength: integer, pattern: text, maxItems: integer, minItems: integer, uniqueItems: flag,
};
const SIMPLE: FieldsInOrder = { ...SIMPLE_TYPE, ...LIMITS, enum: list(any), multipleOf: double };
const PRIMITIVE_ITEMS: FieldWriter = message(SIMPLE);

const PARAMETER_HEAD: FieldsInOrder = { required: flag, in: text, description: text, name: text };
const WITH_EMPTY = message({ ...PARAMETER_HEAD, allowEmptyValue: flag, ...SIMPLE });
const WITHOUT_EMPTY = message({ ...PARAMETER_HEAD, ...SIMPLE });
/** By where the parameter is. */
const NON_BODY: Readonly<Record<string, FieldWriter>> = { header: choice(1, WITHOUT_EMPTY), formData: choice(2, WITH_EMPTY), query: choice(3, WITH_EMPTY), path: choice(4, WITHOUT_EMPTY) };
const BODY = message({ description: text, name: text, in: text, required: flag, schema });

const SCHEMA: FieldsInOrder = {
  $ref: text, format: text, title: text, description: text, default: any, multipleOf: double,
  ...LIMITS, maxProperties: integer, minProperties: integer,
  required: list(text), enum: list(any), additionalProperties: (field, value) => messageField(field, [typeof value === 'boolean' ? chosenBool(2, value) : schema(1, value)]),
  type: (field, value) => messageField(field, [Array.isArray(value) ? list(text)(1, value) : text(1, value)]),
  items: (field, value) => messageField(field, [Array.isArray(value) ? list(schema)(1, value) : schema(1, value)]),
  allOf: list(schema), properties: mapMessage(schema), discriminator: text, readOnly: flag,
  xml: message({ name: text, namespace: text, prefix: text, attribute: flag, wrapped: flag }), externalDocs: EXTERNAL_DOCS, example: any,
};

const HEADER = message({ ...SIMPLE, description: text });
const RESPONSE = message({ description: text, schema: choice(1, schema), headers: mapMessage(HEADER), examples: mapMessage(any) });

const OPERATION = message({
  tags: list(text), summary: text, description: text, externalDocs: EXTERNAL_DOCS, operationId: text, produces: list(text), consumes: list(text),
  parameters: list(parameterOrReference), responses: responsesByCode, schemes: list(text), deprecated: flag, security: SECURITY,
});
const PATH_ITEM = message({ $ref: text, get: OPERATION, put: OPERATION, post: OPERATION, delete: OPERATION, options: OPERATION, head: OPERATION, patch: OPERATION, parameters: list(parameterOrReference) });

const OAUTH: FieldsInOrder = { type: text, flow: text, scopes: mapMessage(text) };
const OAUTH_FLOWS: Readonly<Record<string, FieldWriter>> = {
  implicit: choice(3, message({ ...OAUTH, authorizationUrl: text, description: text })), password: choice(4, message({ ...OAUTH, tokenUrl: text, description: text })),
  application: choice(5, message({ ...OAUTH, tokenUrl: text, description: text })), accessCode: choice(6, message({ ...OAUTH, authorizationUrl: text, tokenUrl: text, description: text })),
};
const BASIC = choice(1, message({ type: text, description: text }));
const API_KEY = choice(2, message({ type: text, name: text, in: text, description: text }));

const DOCUMENT: FieldsInOrder = {
  swagger: text,
  info: message({ title: text, version: text, description: text, termsOfService: text, contact: message({ name: text, url: text, email: text }), license: message({ name: text, url: text }) }),
  host: text, basePath: text, schemes: list(text), consumes: list(text), produces: list(text),
  paths: (field, value) => messageField(field, [extensions(1, value), pairs(PATH_ITEM)(2, onlyPaths(value))]),
  definitions: mapMessage(schema), parameters: mapMessage(parameter), responses: mapMessage(RESPONSE), security: SECURITY, securityDefinitions: mapMessage(securityDefinition),
  tags: list(message({ name: text, description: text, externalDocs: EXTERNAL_DOCS })), externalDocs: EXTERNAL_DOCS,
};

/** A function, since schemas hold schemas. */
function schema(field: number, value: Json): Buffer {
  return messageField(field, messageFields(SCHEMA, value));
}

function parameterOrReference(field: number, value: Json): Buffer {
  const reference = referenceOf(value);
  return messageField(field, [reference === undefined ? parameter(1, value) : messageField(2, [stringField(1, reference)])]);
}

function parameter(field: number, value: Json): Buffer {
  const place = isJsonObject(value) ? String(value['in']) : '';
  const write = place === 'body' ? choice(1, BODY) : choice(2, NON_BODY[place] ?? PRIMITIVE_ITEMS);
  return write(field, value);
}

function responsesByCode(field: number, value: Json): Buffer {
  const byCode = Object.fromEntries(entriesOf(value).filter(([name]) => !name.startsWith('x-')));
  const response: FieldWriter = (number, one) => { const reference = referenceOf(one); return messageField(number, [reference === undefined ? RESPONSE(1, one) : messageField(2, [stringField(1, reference)])]); };
  return messageField(field, [pairs(response)(1, byCode), extensions(2, value)]);
}

function securityDefinition(field: number, value: Json): Buffer {
  const { type, flow } = isJsonObject(value) ? value : {};
  const write = type === 'basic' ? BASIC : type === 'apiKey' ? API_KEY : OAUTH_FLOWS[String(flow)];
  return write?.(field, value) ?? messageField(field, []);
}

function referenceOf(value: Json): string | undefined {
  return isJsonObject(value) && typeof value['$ref'] === 'string' ? value['$ref'] : undefined;
}

function onlyPaths(value: Json): Json {
  return Object.fromEntries(entriesOf(value).filter(([name]) => !name.startsWith('x-')));
}

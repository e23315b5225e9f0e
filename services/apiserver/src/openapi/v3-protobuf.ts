import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import { any, choice, double, entriesOf, extensions, flag, integer, list, mapMessage, message, messageFields, pairs, text, type FieldsInOrder, type FieldWriter } from './protobuf-fields.ts';
import { bytesField, chosenBool, chosenDouble, messageField, stringField } from './protobuf-writer.ts';
import type { V3Document } from './v3-document.ts';

/**
 * The document as an `openapi.v3.Document` message of gnostic, whose order of fields stands here. Links, callbacks and servers are left
 * out: no API server has them.
 */
export function encodeV3Document(document: V3Document): Buffer {
  return Buffer.concat(messageFields(DOCUMENT, document as object as JsonObject)); // holds nothing but JSON
}

/** Fields that are never written, to keep the numbers of those behind them. */
const absent: FieldWriter = () => NOTHING;
const NOTHING = Buffer.alloc(0);

const EXTERNAL_DOCS = message({ description: text, url: text });
const SECURITY = list(mapMessage((field, scopes) => messageField(field, [list(text)(1, scopes)])));
const EXAMPLES = mapMessage(orReference(message({ summary: text, description: text, value: any, externalValue: text })));

const SCHEMA: FieldsInOrder = {
  nullable: flag, discriminator: message({ propertyName: text, mapping: mapMessage(text) }), readOnly: flag, writeOnly: flag,
  xml: message({ name: text, namespace: text, prefix: text, attribute: flag, wrapped: flag }), externalDocs: EXTERNAL_DOCS, example: any, deprecated: flag, title: text, multipleOf: double,
  maximum: double, exclusiveMaximum: flag, minimum: double, exclusiveMinimum: flag, maxLength: integer, minLength: integer, pattern: text, maxItems: integer, minItems: integer, uniqueItems: flag,
  maxProperties: integer, minProperties: integer, required: list(text), enum: list(any), type: text, allOf: list(schema), oneOf: list(schema), anyOf: list(schema),
  not: (field, value) => messageField(field, messageFields(SCHEMA, value)),
  items: (field, value) => messageField(field, [Array.isArray(value) ? list(schema)(1, value) : schema(1, value)]), properties: mapMessage(schema),
  additionalProperties: (field, value) => messageField(field, [typeof value === 'boolean' ? chosenBool(2, value) : schema(1, value)]), default: defaultValue, description: text, format: text,
};

const MEDIA_TYPES = mapMessage(message({ schema, example: any, examples: EXAMPLES }));
/** How a parameter or header is written, and what it holds. */
const VALUE: FieldsInOrder = { description: text, required: flag, deprecated: flag, allowEmptyValue: flag, style: text, explode: flag, allowReserved: flag, schema, example: any, examples: EXAMPLES, content: MEDIA_TYPES };
const PARAMETER = orReference(message({ name: text, in: text, ...VALUE }));
const HEADERS = mapMessage(orReference(message(VALUE)));
const REQUEST_BODY = orReference(message({ description: text, content: MEDIA_TYPES, required: flag }));
const RESPONSE = orReference(message({ description: text, headers: HEADERS, content: MEDIA_TYPES }));

const OPERATION = message({
  tags: list(text), summary: text, description: text, externalDocs: EXTERNAL_DOCS, operationId: text, parameters: list(PARAMETER), requestBody: REQUEST_BODY, responses: responsesByCode,
  callbacks: absent, deprecated: flag, security: SECURITY, servers: absent,
});
const PATH_ITEM = message({
  $ref: text, summary: text, description: text, get: OPERATION, put: OPERATION, post: OPERATION, delete: OPERATION, options: OPERATION, head: OPERATION, patch: OPERATION, trace: OPERATION,
  servers: absent, parameters: list(PARAMETER),
});

const FLOW = message({ authorizationUrl: text, tokenUrl: text, refreshUrl: text, scopes: mapMessage(text) });
const SECURITY_SCHEME = orReference(message({
  type: text, description: text, name: text, in: text, scheme: text, bearerFormat: text, flows: message({ implicit: FLOW, password: FLOW, clientCredentials: FLOW, authorizationCode: FLOW }), openIdConnectUrl: text,
}));

const DOCUMENT: FieldsInOrder = {
  openapi: text,
  info: message({ title: text, description: text, termsOfService: text, contact: message({ name: text, url: text, email: text }), license: message({ name: text, url: text }), version: text }),
  servers: absent, paths: (field, value) => messageField(field, [pairs(PATH_ITEM)(1, withoutExtensions(value)), extensions(2, value)]),
  components: message({
    schemas: mapMessage(schema), responses: mapMessage(RESPONSE), parameters: mapMessage(PARAMETER), examples: EXAMPLES, requestBodies: mapMessage(REQUEST_BODY), headers: HEADERS,
    securitySchemes: mapMessage(SECURITY_SCHEME), links: absent, callbacks: absent,
  }),
  security: SECURITY, tags: list(message({ name: text, description: text, externalDocs: EXTERNAL_DOCS })), externalDocs: EXTERNAL_DOCS,
};

/** A choice between the thing and a reference to it. */
function orReference(write: FieldWriter): FieldWriter {
  return (field, value) => {
    const reference = isJsonObject(value) ? value['$ref'] : undefined;
    return typeof reference === 'string' ? messageField(field, [messageField(2, [stringField(1, reference)])]) : choice(1, write)(field, value);
  };
}

/** A function, since schemas hold schemas. */
function schema(field: number, value: Json): Buffer {
  return orReference(message(SCHEMA))(field, value);
}

/** Of a default that is no scalar it is known only that there is one. */
function defaultValue(field: number, value: Json): Buffer {
  switch (typeof value) {
    case 'number': return messageField(field, [chosenDouble(1, value)]);
    case 'boolean': return messageField(field, [chosenBool(2, value)]);
    case 'string': return messageField(field, [bytesField(3, Buffer.from(value))]);
    default: return messageField(field, []);
  }
}

function responsesByCode(field: number, value: Json): Buffer {
  const { default: fallback, ...byCode } = isJsonObject(value) ? value : {};
  return messageField(field, [fallback === undefined ? NOTHING : RESPONSE(1, fallback), pairs(RESPONSE)(2, withoutExtensions(byCode)), extensions(3, value)]);
}

function withoutExtensions(value: Json): Json {
  return Object.fromEntries(entriesOf(value).filter(([name]) => !name.startsWith('x-')));
}

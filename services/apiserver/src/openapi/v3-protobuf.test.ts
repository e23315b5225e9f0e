import protobuf from 'protobufjs';
import type { V3Document } from './v3-document.ts';
import { encodeV3Document } from './v3-protobuf.ts';

/** A part of gnostic's messages, numbered as there. */
const GNOSTIC = `syntax = "proto3";
message Any { string yaml = 2; }
message NamedAny { string name = 1; Any value = 2; }
message Reference { string ref = 1; }
message Document { string openapi = 1; Info info = 2; Paths paths = 4; Components components = 5; repeated Requirement security = 6; repeated NamedAny ext = 9; }
message Info { string title = 1; string description = 2; string version = 6; }
message Requirement { repeated NamedStrings entries = 1; }
message NamedStrings { string name = 1; Strings value = 2; }
message Strings { repeated string value = 1; }
message Paths { repeated NamedPath path = 1; }
message NamedPath { string name = 1; PathItem value = 2; }
message PathItem { Operation get = 4; Operation patch = 10; repeated ParameterOrReference parameters = 13; }
message Operation { repeated string tags = 1; string operationId = 5; repeated ParameterOrReference parameters = 6; BodyOrReference requestBody = 7; Responses responses = 8; bool deprecated = 10; repeated NamedAny ext = 13; }
message ParameterOrReference { Parameter parameter = 1; Reference reference = 2; }
message Parameter { string name = 1; string in = 2; bool required = 4; SchemaOrReference schema = 10; }
message BodyOrReference { Body body = 1; Reference reference = 2; }
message Body { string description = 1; Contents content = 2; bool required = 3; }
message Contents { repeated NamedContent entries = 1; }
message NamedContent { string name = 1; Content value = 2; }
message Content { SchemaOrReference schema = 1; }
message Responses { ResponseOrReference default = 1; repeated NamedResponse entries = 2; }
message NamedResponse { string name = 1; ResponseOrReference value = 2; }
message ResponseOrReference { Response response = 1; Reference reference = 2; }
message Response { string description = 1; Contents content = 3; }
message Components { Schemas schemas = 1; Securities securitySchemes = 7; }
message Securities { repeated NamedSecurity entries = 1; }
message NamedSecurity { string name = 1; SecurityOrReference value = 2; }
message SecurityOrReference { Security security = 1; }
message Security { string type = 1; string in = 4; Flows flows = 7; }
message Flows { Flow implicit = 1; }
message Flow { string authorizationUrl = 1; }
message Schemas { repeated NamedSchema entries = 1; }
message NamedSchema { string name = 1; SchemaOrReference value = 2; }
message SchemaOrReference { Schema schema = 1; Reference reference = 2; }
message Items { repeated SchemaOrReference schema = 1; }
message Additional { SchemaOrReference schema = 1; oneof either { bool boolean = 2; } }
message Default { oneof either { double number = 1; bool boolean = 2; string text = 3; } }
message Schema { bool nullable = 1; string title = 9; double maximum = 11; double minimum = 13; int64 maxLength = 15; bool uniqueItems = 20; repeated string required = 23; repeated Any enum = 24; string type = 25; repeated SchemaOrReference allOf = 26; repeated SchemaOrReference anyOf = 28; Schema not = 29; Items items = 30; Schemas properties = 31; Additional additionalProperties = 32; Default default = 33; string description = 34; string format = 35; repeated NamedAny ext = 36; }`;

const type = protobuf.parse(GNOSTIC).root.lookupType('Document');
const decoded = (document: object): object => type.toObject(type.decode(encodeV3Document(document as V3Document)), { longs: Number }); // as other servers write them

describe('encodeV3Document', () => {
  test('writes operations', () => {
    const get = {
      tags: ['t'], operationId: 'o', deprecated: true, 'x-kubernetes-action': 'get', parameters: [{ name: 'q', in: 'query', required: true, schema: { type: 'string' } }, { $ref: 'p' }],
      requestBody: { required: true, content: { 'application/json': { schema: { $ref: 's' } } } }, responses: { 200: { description: 'OK', content: { '*/*': { schema: { type: 'string' } } } }, default: { $ref: 'r' } },
    };
    expect(decoded({ openapi: '3.0.0', info: { title: 'a', version: 'b', description: 'c' }, paths: { '/a': { get } }, security: [{ k: ['s'] }], 'x-d': 1 })).toEqual({
      openapi: '3.0.0', info: { title: 'a', version: 'b', description: 'c' }, security: [{ entries: [{ name: 'k', value: { value: ['s'] } }] }], ext: [{ name: 'x-d', value: { yaml: '1\n' } }],
      paths: { path: [{ name: '/a', value: { get: {
        tags: ['t'], operationId: 'o', deprecated: true, ext: [{ name: 'x-kubernetes-action', value: { yaml: '"get"\n' } }],
        parameters: [{ parameter: { name: 'q', in: 'query', required: true, schema: { schema: { type: 'string' } } } }, { reference: { ref: 'p' } }],
        requestBody: { body: { required: true, content: { entries: [{ name: 'application/json', value: { schema: { reference: { ref: 's' } } } }] } } },
        responses: { default: { reference: { ref: 'r' } }, entries: [{ name: '200', value: { response: { description: 'OK', content: { entries: [{ name: '*/*', value: { schema: { schema: { type: 'string' } } } }] } } } }] },
      } } }] },
    });
  });

  test('writes schemas whole', () => {
    const A = {
      nullable: true, title: 't', maximum: 1.5, minimum: 1, maxLength: 7, uniqueItems: true, required: ['a'], enum: ['a'], type: 'object', allOf: [{ $ref: 'r' }], anyOf: [{ type: 'a' }], not: { type: 'b' }, items: { type: 'c' },
      properties: { p: { additionalProperties: false } }, additionalProperties: { $ref: 'x' }, description: 'd', format: 'f', 'x-kubernetes-map-type': 'atomic',
    };
    expect(decoded({ components: { schemas: { A }, securitySchemes: { s: { type: 'oauth2', in: 'header', flows: { implicit: { authorizationUrl: 'u' } } } } } })).toEqual({
      components: {
        securitySchemes: { entries: [{ name: 's', value: { security: { type: 'oauth2', in: 'header', flows: { implicit: { authorizationUrl: 'u' } } } } }] },
        schemas: { entries: [{ name: 'A', value: { schema: {
          nullable: true, title: 't', maximum: 1.5, minimum: 1, maxLength: 7, uniqueItems: true, required: ['a'], enum: [{ yaml: '"a"\n' }], type: 'object', allOf: [{ reference: { ref: 'r' } }], anyOf: [{ schema: { type: 'a' } }],
          not: { type: 'b' }, items: { schema: [{ schema: { type: 'c' } }] }, properties: { entries: [{ name: 'p', value: { schema: { additionalProperties: { boolean: false } } } }] }, additionalProperties: { schema: { reference: { ref: 'x' } } },
          description: 'd', format: 'f', ext: [{ name: 'x-kubernetes-map-type', value: { yaml: '"atomic"\n' } }],
        } } }] },
      },
    });
  });

  test.each<[string, unknown, object]>([
    ['a text', 'a', { text: 'a' }], ['no text', '', { text: '' }], ['a number', 3, { number: 3 }], ['zero', 0, { number: 0 }], ['false', false, { boolean: false }], ['an object, of which nothing can be said', {}, {}],
  ])('writes as default %s', (_name, value, written) => {
    expect(decoded({ components: { schemas: { A: { default: value } } } })).toEqual({ components: { schemas: { entries: [{ name: 'A', value: { schema: { default: written } } }] } } });
  });
});

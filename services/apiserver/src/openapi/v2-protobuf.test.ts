import protobuf from 'protobufjs';
import { encodeV2Document } from './v2-protobuf.ts';

/** A part of gnostic's messages, numbered as there. */
const GNOSTIC = `syntax = "proto3";
message Any { string yaml = 2; }
message NamedAny { string name = 1; Any value = 2; }
message ExternalDocs { string description = 1; string url = 2; repeated NamedAny ext = 3; }
message Info { string title = 1; string version = 2; string description = 3; string termsOfService = 4; repeated NamedAny ext = 7; }
message Document { string swagger = 1; Info info = 2; string host = 3; Paths paths = 8; Schemas definitions = 9; Parameters parameters = 10; Security securityDefinitions = 13; repeated Tag tags = 14; ExternalDocs externalDocs = 15; repeated NamedAny ext = 16; }
message Tag { string name = 1; string description = 2; ExternalDocs externalDocs = 3; }
message Paths { repeated NamedAny ext = 1; repeated NamedPathItem path = 2; }
message NamedPathItem { string name = 1; PathItem value = 2; }
message PathItem { string ref = 1; Operation get = 2; Operation patch = 8; repeated ParametersItem parameters = 9; repeated NamedAny ext = 10; }
message Operation { repeated string tags = 1; string summary = 2; string operationId = 5; repeated ParametersItem parameters = 8; Responses responses = 9; repeated string schemes = 10; bool deprecated = 11; repeated NamedAny ext = 13; }
message ParametersItem { Parameter parameter = 1; Reference reference = 2; }
message Reference { string ref = 1; }
message Parameter { Body body = 1; NonBody nonBody = 2; }
message NamedParameter { string name = 1; Parameter value = 2; }
message Parameters { repeated NamedParameter entries = 1; }
message Body { string description = 1; string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
message NonBody { Simple header = 1; Long form = 2; Long query = 3; Simple path = 4; }
message Simple { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 5; Items items = 7; double minimum = 12; bool uniqueItems = 19; repeated Any enum = 20; repeated NamedAny ext = 22; }
message Long { bool required = 1; string name = 4; bool allowEmptyValue = 5; string type = 6; double maximum = 11; int64 maxLength = 15; string pattern = 17; bool uniqueItems = 20; double multipleOf = 22; repeated NamedAny ext = 23; }
message Items { string type = 1; int64 minItems = 14; repeated NamedAny ext = 18; }
message Responses { repeated NamedResponse entries = 1; repeated NamedAny ext = 2; }
message NamedResponse { string name = 1; ResponseValue value = 2; }
message ResponseValue { Response response = 1; Reference reference = 2; }
message Response { string description = 1; SchemaItem schema = 2; Headers headers = 3; repeated NamedAny ext = 5; }
message SchemaItem { Schema schema = 1; }
message Headers { repeated NamedHeader entries = 1; }
message NamedHeader { string name = 1; Header value = 2; }
message Header { string type = 1; string description = 18; }
message NamedSchema { string name = 1; Schema value = 2; }
message Schemas { repeated NamedSchema entries = 1; }
message Strings { repeated string value = 1; }
message Additional { Schema schema = 1; bool boolean = 2; }
message ItemsItem { repeated Schema schema = 1; }
message Schema { string ref = 1; string format = 2; string title = 3; string description = 4; Any default = 5; double maximum = 7; double minimum = 9; int64 maxLength = 11; string pattern = 13; int64 maxItems = 14; bool uniqueItems = 16; int64 minProperties = 18; repeated string required = 19; repeated Any enum = 20; Additional additionalProperties = 21; Strings type = 22; ItemsItem items = 23; repeated Schema allOf = 24; Schemas properties = 25; bool readOnly = 27; ExternalDocs externalDocs = 29; Any example = 30; repeated NamedAny ext = 31; }
message Security { repeated NamedSecurity entries = 1; }
message NamedSecurity { string name = 1; SecurityItem value = 2; }
message SecurityItem { Key apiKey = 2; Flow accessCode = 6; }
message Key { string type = 1; string name = 2; string in = 3; }
message Flow { string type = 1; string flow = 2; string authorizationUrl = 4; string tokenUrl = 5; }`;

const document = protobuf.parse(GNOSTIC).root.lookupType('Document');
const decoded = (swagger: Parameters<typeof encodeV2Document>[0]): object => document.toObject(document.decode(encodeV2Document(swagger)), { longs: Number });
const yaml = (value: unknown): object => ({ yaml: `${JSON.stringify(value)}\n` });

describe('encodeV2Document', () => {
  test('writes every kind of parameter, and references', () => {
    const get = {
      operationId: 'o', deprecated: true, 'x-kubernetes-action': 'get',
      parameters: [
        { in: 'query', name: 'q', type: 'string', maxLength: 300, maximum: 2.5, pattern: 'p', multipleOf: 2, allowEmptyValue: true, 'x-a': 1 }, { in: 'formData', name: 'f', type: 'file', required: true },
        { in: 'header', name: 'h', type: 'array', items: { type: 'string', minItems: 1 } }, { in: 'path', name: 'p', type: 'integer', minimum: 1, required: true, enum: [1, 2], uniqueItems: true },
        { in: 'body', name: 'b', schema: { $ref: '#/definitions/A' } }, { $ref: '#/parameters/x' },
      ],
      responses: { 200: { description: 'OK', schema: { type: 'string' }, headers: { etag: { type: 'string', description: 'd' } } }, default: { $ref: '#/responses/x' }, 'x-b': [] },
    };
    const query = { name: 'q', type: 'string', maxLength: 300, maximum: 2.5, pattern: 'p', multipleOf: 2, allowEmptyValue: true, ext: [{ name: 'x-a', value: yaml(1) }] };
    expect(decoded({ paths: { '/a': { get }, 'x-c': null } })).toEqual({
      paths: {
        ext: [{ name: 'x-c', value: yaml(null) }],
        path: [{ name: '/a', value: { get: {
          operationId: 'o', deprecated: true, ext: [{ name: 'x-kubernetes-action', value: yaml('get') }],
          parameters: [
            { parameter: { nonBody: { query } } }, { parameter: { nonBody: { form: { name: 'f', type: 'file', required: true } } } },
            { parameter: { nonBody: { header: { in: 'header', name: 'h', type: 'array', items: { type: 'string', minItems: 1 } } } } },
            { parameter: { nonBody: { path: { in: 'path', name: 'p', type: 'integer', minimum: 1, required: true, enum: [yaml(1), yaml(2)], uniqueItems: true } } } },
            { parameter: { body: { in: 'body', name: 'b', schema: { ref: '#/definitions/A' } } } }, { reference: { ref: '#/parameters/x' } },
          ],
          responses: {
            entries: [{ name: '200', value: { response: { description: 'OK', schema: { schema: { type: { value: ['string'] } } }, headers: { entries: [{ name: 'etag', value: { type: 'string', description: 'd' } }] } } } }, { name: 'default', value: { reference: { ref: '#/responses/x' } } }],
            ext: [{ name: 'x-b', value: yaml([]) }],
          },
        } } }],
      },
    });
  });

  test('writes schemas of other servers whole', () => {
    const A = {
      format: 'f', title: 't', description: 'd', default: {}, maximum: 9, minimum: 0, maxLength: 1, pattern: 'p', maxItems: 2, uniqueItems: true, minProperties: 3, required: ['a'], enum: ['a', null],
      additionalProperties: { type: 'string' }, type: ['string', 'null'], items: [{ type: 'a' }, { type: 'b' }], allOf: [{ $ref: 'r' }], properties: { p: { additionalProperties: true } }, readOnly: true,
      externalDocs: { url: 'u' }, example: 'e', 'x-kubernetes-list-type': 'map', unknown: 1,
    };
    expect(decoded({ definitions: { A } })).toEqual({ definitions: { entries: [{ name: 'A', value: {
      format: 'f', title: 't', description: 'd', default: yaml({}), maximum: 9, maxLength: 1, pattern: 'p', maxItems: 2, uniqueItems: true, minProperties: 3, required: ['a'], enum: [yaml('a'), yaml(null)],
      additionalProperties: { schema: { type: { value: ['string'] } } }, type: { value: ['string', 'null'] }, items: { schema: [{ type: { value: ['a'] } }, { type: { value: ['b'] } }] }, allOf: [{ ref: 'r' }],
      properties: { entries: [{ name: 'p', value: { additionalProperties: { boolean: true } } }] }, readOnly: true, externalDocs: { url: 'u' }, example: yaml('e'), ext: [{ name: 'x-kubernetes-list-type', value: yaml('map') }],
    } }] } });
  });

  test('writes the document\'s own facts', () => {
    expect(decoded({
      swagger: '2.0', info: { title: 'a', version: 'b', termsOfService: 'c', 'x-i': 1 }, host: 'h', parameters: { p: { in: 'path', name: 'p' } }, tags: [{ name: 't', externalDocs: { url: 'u' } }], externalDocs: { url: 'v' }, 'x-d': true,
      securityDefinitions: { k: { type: 'apiKey', name: 'n', in: 'header' }, o: { type: 'oauth2', flow: 'accessCode', authorizationUrl: 'a', tokenUrl: 't' } },
    })).toEqual({
      swagger: '2.0', info: { title: 'a', version: 'b', termsOfService: 'c', ext: [{ name: 'x-i', value: yaml(1) }] }, host: 'h', parameters: { entries: [{ name: 'p', value: { nonBody: { path: { in: 'path', name: 'p' } } } }] },
      tags: [{ name: 't', externalDocs: { url: 'u' } }], externalDocs: { url: 'v' }, ext: [{ name: 'x-d', value: yaml(true) }],
      securityDefinitions: { entries: [{ name: 'k', value: { apiKey: { type: 'apiKey', name: 'n', in: 'header' } } }, { name: 'o', value: { accessCode: { type: 'oauth2', flow: 'accessCode', authorizationUrl: 'a', tokenUrl: 't' } } }] },
    });
  });
});

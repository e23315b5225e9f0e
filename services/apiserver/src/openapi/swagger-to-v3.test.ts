import { swaggerToV3 } from './swagger-to-v3.ts';
import { encodeV3Document } from './v3-protobuf.ts';

const swagger = {
  swagger: '2.0', info: { title: 'ext', version: '1' },
  paths: {
    '/apis/g/v1/things': {
      post: {
        operationId: 'createThing', consumes: ['application/json'], produces: ['application/json', 'application/yaml'], schemes: ['https'], 'x-kubernetes-action': 'post',
        parameters: [{ name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/Thing' } }, { name: 'dryRun', in: 'query', type: 'string', uniqueItems: true }, { $ref: '#/parameters/pretty' }],
        responses: { 201: { description: 'Created', schema: { $ref: '#/definitions/Thing' } }, 401: { description: 'Unauthorized' }, default: { $ref: '#/responses/Odd' } },
      },
      parameters: [{ name: 'namespace', in: 'path', required: true, type: 'string' }],
    },
  },
  definitions: { Thing: { type: 'object', properties: { meta: { $ref: '#/definitions/Meta', description: 'd', default: {} }, list: { type: 'array', items: { $ref: '#/definitions/Meta' } }, map: { additionalProperties: { $ref: '#/definitions/Meta' } } } }, Meta: { type: 'object' } },
  securityDefinitions: { Bearer: { type: 'apiKey', name: 'authorization', in: 'header', description: 'b' }, Login: { type: 'oauth2', flow: 'implicit', authorizationUrl: 'u', scopes: { a: 'b' } } },
};

describe('swaggerToV3', () => {
  test('says the same in version 3', () => {
    const ref = { $ref: '#/components/schemas/Meta' };
    expect(swaggerToV3(swagger)).toEqual({
      openapi: '3.0.0', info: { title: 'ext', version: '1' },
      paths: {
        '/apis/g/v1/things': {
          post: {
            operationId: 'createThing', tags: [], 'x-kubernetes-action': 'post',
            requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
            parameters: [{ name: 'dryRun', in: 'query', schema: { type: 'string', uniqueItems: true } }, { $ref: '#/components/parameters/pretty' }],
            responses: {
              201: { description: 'Created', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } }, 'application/yaml': { schema: { $ref: '#/components/schemas/Thing' } } } },
              401: { description: 'Unauthorized' }, default: { $ref: '#/components/responses/Odd' },
            },
          },
          parameters: [{ name: 'namespace', in: 'path', required: true, schema: { type: 'string' } }],
        },
      },
      components: {
        schemas: { Thing: { type: 'object', properties: { meta: { description: 'd', default: {}, allOf: [ref] }, list: { type: 'array', items: ref }, map: { additionalProperties: ref } } }, Meta: { type: 'object' } },
        securitySchemes: { Bearer: { type: 'apiKey', name: 'authorization', in: 'header', description: 'b' }, Login: { type: 'oauth2', flows: { implicit: { authorizationUrl: 'u', scopes: { a: 'b' } } } } },
      },
    });
  });

  test.each<[string, Parameters<typeof swaggerToV3>[0]]>([['everything', swagger], ['nothing', {}], ['nonsense', { info: 1, paths: { '/a': { get: { responses: 3, parameters: [null] } } }, definitions: [] }]])('makes what can be encoded of %s', (_name, document) => {
    expect(encodeV3Document(swaggerToV3(document)).subarray(0, 7).toString('latin1')).toBe('\n\x053.0.0');
  });
});

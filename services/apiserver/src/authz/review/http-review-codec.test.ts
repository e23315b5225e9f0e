import type { ApiRequest, RequestContext } from '../../pipeline/api-request.ts';
import { httpReviewCodec } from './http-review-codec.ts';

const codec = httpReviewCodec({ encodeProtobuf: () => undefined, clock: { now: () => Date.parse('2026-01-01T00:00:00Z') } });
const request = (body: object): ApiRequest => ({ query: new URLSearchParams(), headers: { 'content-type': 'application/json', 'user-agent': 'kubectl/1' }, body: Buffer.from(JSON.stringify(body)) }) as unknown as ApiRequest; // what is read of it
const context = (subresource = ''): RequestContext => ({ info: { subresource }, warnings: [] }) as unknown as RequestContext; // likewise
const entry = { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1' };

it('httpReviewCodec says who asked for what, and lists nobody who set nothing', async () => {
  const access = { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview' };
  expect((await codec.read(request({ spec: { resourceAttributes: { verb: 'get' } }, status: { allowed: true } }), context(), access)).metadata)
    .toEqual({ managedFields: [{ ...entry, apiVersion: 'authorization.k8s.io/v1', fieldsV1: { 'f:spec': { 'f:resourceAttributes': { '.': {}, 'f:verb': {} } } } }] });
  expect((await codec.read(request({}), context(), { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview' })).metadata).toEqual({});
  expect((await codec.read(request({ metadata: { name: 'a' }, spec: { expirationSeconds: 700 } }), context('token'), { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' })).metadata)
    .toEqual({ name: 'a', managedFields: [{ ...entry, apiVersion: 'authentication.k8s.io/v1', subresource: 'token', fieldsV1: { 'f:spec': { 'f:expirationSeconds': {} } } }] });
});

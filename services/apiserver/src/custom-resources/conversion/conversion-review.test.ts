import type { Json, JsonObject } from '@kubernode/apimachinery';
import { checkedConversion, conversionReview, convertedObjects } from './conversion-review.ts';

const ask = { uid: 'u', objects: [{ a: 1 }], apiVersion: 'g/v2' };
const answer = (response: Json, kind: JsonObject = { kind: 'ConversionReview', apiVersion: 'apiextensions.k8s.io/v1' }): JsonObject => ({ ...kind, response });
const success = { status: 'Success' };

test('a review is written in the first version that is known', () => {
  expect(conversionReview(['v9', 'v1beta1', 'v1'], ask)).toMatchObject({ version: 'v1beta1', body: { kind: 'ConversionReview', apiVersion: 'apiextensions.k8s.io/v1beta1', request: { uid: 'u', desiredAPIVersion: 'g/v2', objects: [{ a: 1 }] } } });
  expect(() => conversionReview(['v9'], ask)).toThrow('no supported conversion review versions');
});

test.each<[string, 'v1' | 'v1beta1', JsonObject, string]>([
  ['another kind', 'v1', answer({}, { kind: 'X', apiVersion: 'v1' }), 'expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /v1, Kind=X'],
  ['no response', 'v1', { kind: 'ConversionReview', apiVersion: 'apiextensions.k8s.io/v1' }, 'no response provided'],
  ['the answer to another', 'v1', answer({ uid: 'w', result: success }), 'expected response.uid="u", got "w"'],
  ['a refusal', 'v1', answer({ uid: 'u', result: { status: 'Failure', message: 'I will not' } }), 'I will not'],
  ['a silent refusal', 'v1beta1', { response: { result: {} } }, 'response.result.status was \'\', not \'Success\''],
])('%s in %s is told', (_, version, given, message) => {
  expect(() => convertedObjects(given, { version, uid: 'u' })).toThrow(message);
});

test('the older version says less of itself', () => {
  expect(convertedObjects({ response: { result: success, convertedObjects: [1] } }, { version: 'v1beta1', uid: 'u' })).toEqual([1]);
});

const original: JsonObject = { kind: 'W', apiVersion: 'g/v1', metadata: { name: 'n', uid: 'u', finalizers: ['f'], labels: { a: '1' }, annotations: { a: '1' } }, spec: { a: 1 } };

test('a converted object may have other labels and annotations, and no other metadata', () => {
  expect(checkedConversion(original, { kind: 'W', apiVersion: 'g/v2', metadata: { name: 'n', uid: 'u', finalizers: [], labels: { b: '2' } }, spec: { b: 1 } }, 'g/v2')).toEqual({ kind: 'W', apiVersion: 'g/v2', metadata: { name: 'n', uid: 'u', finalizers: ['f'], labels: { b: '2' } }, spec: { b: 1 } });
});

test.each<[Json | undefined, string]>([
  [{ kind: 'W', apiVersion: 'g/v1' }, 'invalid groupVersion (expected g/v2, received g/v1)'],
  [{ kind: 'X', apiVersion: 'g/v2' }, 'invalid kind (expected W, received X)'],
  [{ kind: 'W', apiVersion: 'g/v2' }, 'missing metadata in converted object'],
  [{ kind: 'W', apiVersion: 'g/v2', metadata: { name: 'm', uid: 'u' } }, 'must have the same name: n != m'],
  [{ kind: 'W', apiVersion: 'g/v2', metadata: { name: 'n', uid: 'v' } }, 'must have the same UID: u != v'],
  [{ kind: 'W', apiVersion: 'g/v2', metadata: { name: 'n', uid: 'u', labels: { a: 1 } } }, 'metadata.labels["a"] is no string'],
  [undefined, 'converted object is no object'],
])('%j is refused', (converted, message) => {
  expect(() => checkedConversion(original, converted, 'g/v2')).toThrow(message);
});

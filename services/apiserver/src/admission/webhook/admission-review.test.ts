import type { JsonObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../admission.ts';
import { admissionRequest } from '../admission-request.ts';
import { encodeReview, readReview, reviewVersion, verifyReview } from './admission-review.ts';
import { denial } from './webhook-faults.ts';

const attributes = {
  operation: 'UPDATE', user: { name: 'u', uid: '', groups: ['g'], extra: { k: ['v'] } }, group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers', subresource: 'status',
  kind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' }, namespace: 'n', name: 'h', object: undefined, oldObject: undefined, dryRun: true, options: { kind: 'UpdateOptions' }, warn: () => undefined, annotate: () => undefined,
} satisfies AdmissionAttributes;
const matched = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers', kind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' } };
const answer = (response: object | undefined, more: object = {}): JsonObject => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', ...(response && { response: { uid: '1', allowed: true, ...response } }), ...more });

describe('encodeReview', () => {
  it('says all that Kubernetes says, in its order', () => {
    const object = { kind: 'K', apiVersion: 'v2', metadata: { name: 'h' } };
    expect(encodeReview('v1', admissionRequest(attributes, matched, '1'), { object, oldObject: undefined }).toString()).toBe(JSON.stringify({
      kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: '1', kind: matched.kind, resource: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' }, subResource: 'status', requestKind: attributes.kind,
        requestResource: { group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers' }, requestSubResource: 'status', name: 'h', namespace: 'n', operation: 'UPDATE',
        userInfo: { username: 'u', groups: ['g'], extra: { k: ['v'] } }, object, oldObject: null, dryRun: true, options: { kind: 'UpdateOptions' },
      },
    }));
  });
});

describe('reviewVersion', () => {
  it.each([[['v2', 'v1beta1', 'v1'], 'v1beta1'], [['v1'], 'v1'], [['v2'], undefined]])('%j: %s', (versions, chosen) => { expect(reviewVersion(versions)).toBe(chosen); });
});

describe('verifyReview', () => {
  const patch = Buffer.from('[{}]').toString('base64');
  it.each<[JsonObject, boolean, string]>([
    [answer(undefined), true, 'webhook response was absent'],
    [answer({ uid: '2' }), true, 'expected response.uid="1", got "2"'],
    [answer({}, { apiVersion: 'admission.k8s.io/v1beta1' }), true, 'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1, Kind=AdmissionReview'],
    [answer({}, { apiVersion: '', kind: '' }), true, 'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind='],
    [answer({ patch }), true, 'webhook returned response.patch but not response.patchType'],
    [answer({ patchType: 'JSONPatch' }), true, 'webhook returned response.patchType but not response.patch'],
    [answer({ patch, patchType: '' }), true, 'webhook returned invalid response.patchType of ""'],
    [answer({ patch, patchType: 'JSONPatch' }), false, 'validating webhook may not return response.patch'],
    [answer({ patchType: 'JSONPatch' }), false, 'validating webhook may not return response.patchType'],
  ])('%j (mutating: %s): %s', (review, mutating, message) => {
    expect(() => verifyReview(review, { uid: '1', version: 'v1', mutating })).toThrow(message);
  });

  it('takes older answers as they come', () => {
    expect(verifyReview({ response: { allowed: true, patch } }, { uid: '1', version: 'v1beta1', mutating: true })).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    expect(verifyReview({ response: { allowed: true, patch } }, { uid: '1', version: 'v1beta1', mutating: false }).patch).toHaveLength(0);
  });

  it('reads objects alone', () => {
    expect(() => readReview(Buffer.from('[1]'))).toThrow(/cannot unmarshal array into Go value of type struct/);
  });
});

describe('denial', () => {
  it.each([
    [undefined, 400, 'admission webhook "w" denied the request without explanation'],
    [{ code: 200, status: 'Success', message: 'm' }, 400, 'admission webhook "w" denied the request: m'],
    [{ code: 429, reason: 'TooMany' }, 429, 'admission webhook "w" denied the request: TooMany'],
  ])('%j', (status, code, message) => {
    expect(denial('w', status as never).toStatus()).toMatchObject({ status: 'Failure', code, message });
  });
});

import { StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, Authorizer } from '../../pipeline/api-request.ts';
import { reviewLocalSubjectAccess, reviewSelfAccess, reviewSelfRules, reviewSubjectAccess, type Review } from './access-reviews.ts';

const bob = { name: 'bob', uid: '', groups: ['g'], extra: {} };
const asked: AuthorizationAttributes[] = [];
const authorizer: Authorizer = { authorize: (attributes) => { asked.push(attributes); return attributes.verb === 'get' ? { verdict: 'allow', reason: 'because' } : { verdict: 'noOpinion', reason: '' }; } };
let judged = 0;
const judge = async (): Promise<void> => { judged++; };
const reviewer = { authorizer, judge };
const review = (spec: object, metadata: object = {}): Review<Record<string, never>> => ({ kind: 'R', apiVersion: 'authorization.k8s.io/v1', metadata: { name: '', ...metadata }, spec }) as unknown as Review<Record<string, never>>; // as clients may send it

async function message(run: () => KubeObject | Promise<KubeObject>): Promise<string> {
  try { return JSON.stringify((await run())['status']); } catch (error) { return error instanceof StatusError ? `${error.code} ${error.message}` : String(error); }
}

const prefix = '422 .authorization.k8s.io "" is invalid: ';

describe('reviewSelfAccess', () => {
  it.each<[object, string]>([
    [{ resourceAttributes: { verb: 'get', resource: 'pods' } }, '{"allowed":true,"reason":"because"}'],
    [{ nonResourceAttributes: { verb: 'post', path: '/x' } }, '{"allowed":false}'],
    [{}, `${prefix}spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified`],
    [{ resourceAttributes: {}, nonResourceAttributes: { path: '/', verb: 'get' } }, `${prefix}spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":"get"}: cannot be specified in combination with resourceAttributes`],
    [{ resourceAttributes: { labelSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'Exists' }] } } }, `${prefix}spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`],
    [{ resourceAttributes: { fieldSelector: {} } }, `${prefix}spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required`],
    [{ resourceAttributes: { verb: 'list', fieldSelector: { requirements: [{ key: 'a', operator: 'Nope', values: ['b'] }] } } }, '{"allowed":false,"evaluationError":"spec.resourceAttributes.fieldSelector ignored due to parse error"}'],
    [{ resourceAttributes: { verb: 'list', labelSelector: { requirements: [{ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'Nope' }] } } }, '{"allowed":false,"evaluationError":"spec.resourceAttributes.labelSelector partially ignored due to parse error"}'],
  ])('of %j answers %s', async (spec, expected) => {
    expect(await message(() => reviewSelfAccess(review(spec), bob, reviewer))).toBe(expected);
  });

  it('asks with selectors as text, for any version when none is named', async () => {
    await reviewSelfAccess(review({ resourceAttributes: { verb: 'get', resource: 'pods', fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] }, labelSelector: { rawSelector: 'a=b' } } }), bob, reviewer);
    expect(asked.at(-1)).toMatchObject({ user: bob, version: '*', fieldSelector: 'spec.nodeName=n', labelSelector: 'a=b' });
  });

  it('is judged by admission when it is right, and before it is answered', async () => {
    const right = review({ resourceAttributes: { verb: 'get', resource: 'pods' } });
    const before = judged;
    await message(() => reviewSelfAccess(review({}), bob, reviewer));
    expect(judged).toBe(before);
    asked.length = 0;
    await expect(reviewSelfAccess(right, bob, { authorizer, judge: () => Promise.reject(new Error('not so')) })).rejects.toThrow('not so');
    expect(asked).toEqual([]);
  });

  it('refuses metadata', async () => {
    expect(await message(() => reviewSelfAccess(review({ resourceAttributes: {} }, { name: 'x' }), bob, reviewer))).toMatch(/^422 .*metadata: Invalid value: .*: must be empty$/);
  });
});

describe('reviews of others', () => {
  const spec = { user: 'u', groups: ['a'], resourceAttributes: { namespace: 'ns', verb: 'get', resource: 'pods' } };
  it('ask as the subject', async () => {
    expect(await message(() => reviewSubjectAccess(review(spec), reviewer))).toBe('{"allowed":true,"reason":"because"}');
    expect(asked.at(-1)?.user).toEqual({ name: 'u', uid: '', groups: ['a'], extra: {} });
    expect(await message(() => reviewSubjectAccess(review({ ...spec, user: '', groups: [] }), reviewer))).toBe(`${prefix}spec.user: Invalid value: "": at least one of user or group must be specified`);
  });

  it('of one namespace stay in it', async () => {
    expect(await reviewLocalSubjectAccess(review(spec), 'ns', reviewer)).toMatchObject({ metadata: { namespace: 'ns' }, status: { allowed: true } });
    expect(await message(() => reviewLocalSubjectAccess(review(spec), 'other', reviewer))).toBe(`${prefix}spec.resourceAttributes.namespace: Invalid value: "ns": must match metadata.namespace`);
    expect(await message(() => reviewLocalSubjectAccess(review(spec, { namespace: 'x' }), 'ns', reviewer))).toMatch(/^400 the namespace of the provided object does not match/);
  });
});

describe('reviewSelfRules', () => {
  it('lists rules, and says when there is more', async () => {
    const rules = { rulesFor: () => ({ resourceRules: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }], incomplete: true, errors: ['e'] }) };
    expect(await reviewSelfRules(review({ namespace: 'ns' }), bob, { rules, judge })).toMatchObject({ spec: {}, status: { resourceRules: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }], incomplete: true, evaluationError: 'e' } });
    expect(await message(() => reviewSelfRules(review({}), bob, { rules, judge }))).toBe('400 no namespace on request');
  });
});

import { createFakeClock } from '@kubernode/testing';
import type { Expression } from '../../authn/expression.ts';
import type { AuthorizationAttributes } from '../../pipeline/api-request.ts';
import { WebhookAuthorizer, type WebhookAuthorizerOptions } from './webhook-authorizer.ts';

const attributes: AuthorizationAttributes = {
  user: { name: 'u', uid: '', groups: ['g'], extra: {} }, verb: 'get', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'ns', name: '', path: '/x', isResourceRequest: true,
};

function setUp(answers: (object | Error)[], config: Partial<WebhookAuthorizerOptions['config']> = {}): { authorizer: WebhookAuthorizer; asked: unknown[]; clock: ReturnType<typeof createFakeClock>; failedOpen: () => number } {
  const clock = createFakeClock();
  const asked: unknown[] = [];
  let failedOpen = 0;
  const review = async (one: unknown): Promise<Record<string, unknown>> => {
    asked.push(one);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer as Record<string, unknown>; // a test's own
  };
  const authorizer = new WebhookAuthorizer({
    config: { authorizedTtlMs: 1_000, unauthorizedTtlMs: 100, version: 'v1', failurePolicy: 'NoOpinion', matchConditions: [], ...config }, webhook: { review }, clock, onFailOpen: () => { failedOpen++; },
  });
  return { authorizer, asked, clock, failedOpen: () => failedOpen };
}

describe('WebhookAuthorizer', () => {
  it.each<[object, object]>([
    [{ allowed: true, reason: 'r' }, { verdict: 'allow', reason: 'r' }],
    [{ allowed: false, reason: 'r' }, { verdict: 'noOpinion', reason: 'r' }],
    [{ denied: true, reason: 'r' }, { verdict: 'deny', reason: 'r' }],
    [{ allowed: true, denied: true }, { verdict: 'deny', reason: '', error: 'webhook subject access review returned both allow and deny response' }],
  ])('reads %j', async (status, decision) => {
    expect(await setUp([status]).authorizer.authorize(attributes)).toEqual(decision);
  });

  it('remembers answers for their time, and asks a question once at a time', async () => {
    const { authorizer, asked, clock } = setUp([{ allowed: true }, { allowed: false }]);
    expect(await Promise.all([authorizer.authorize(attributes), authorizer.authorize({ ...attributes })])).toEqual([{ verdict: 'allow', reason: '' }, { verdict: 'allow', reason: '' }]);
    expect(authorizer.authorize(attributes)).toEqual({ verdict: 'allow', reason: '' }); // without a promise
    expect(asked).toHaveLength(1);
    await clock.advance(1_000);
    expect(await authorizer.authorize(attributes)).toEqual({ verdict: 'noOpinion', reason: '' });
    await clock.advance(100);
    await authorizer.authorize(attributes);
    expect(asked).toHaveLength(3);
  });

  it('does not remember questions that fill memory', async () => {
    const { authorizer, asked } = setUp([{ allowed: true }]);
    const long = { ...attributes, name: 'n'.repeat(10_000) };
    await authorizer.authorize(long);
    await authorizer.authorize(long);
    expect(asked).toHaveLength(2);
  });

  it('passes failures over, or denies for them', async () => {
    const open = setUp([new Error('broken')]);
    expect(await open.authorizer.authorize(attributes)).toEqual({ verdict: 'noOpinion', reason: '', error: 'broken' });
    expect(open.failedOpen()).toBe(1);
    const closed = setUp([new Error('broken')], { failurePolicy: 'Deny' });
    expect(await closed.authorizer.authorize(attributes)).toEqual({ verdict: 'deny', reason: '', error: 'broken' });
    expect(closed.failedOpen()).toBe(0);
  });

  it('asks only when every condition holds', async () => {
    const condition = (evaluate: Expression['evaluate']): Expression => ({ evaluate });
    const onPods = condition((request) => (request as { resourceAttributes?: { resource?: string } }).resourceAttributes?.resource === 'pods'); // the spec of a review
    const failing = condition(() => { throw new Error('no such key'); });
    const skipped = setUp([{ allowed: true }], { matchConditions: [failing, condition(() => false)] });
    expect([skipped.authorizer.authorize(attributes), skipped.asked]).toEqual([{ verdict: 'noOpinion', reason: '' }, []]);
    const undecided = setUp([{ allowed: true }], { matchConditions: [onPods, failing], failurePolicy: 'Deny' });
    expect(undecided.authorizer.authorize(attributes)).toEqual({ verdict: 'deny', reason: '', error: 'cel evaluation error: no such key' });
    expect(await setUp([{ allowed: true }], { matchConditions: [onPods] }).authorizer.authorize(attributes)).toEqual({ verdict: 'allow', reason: '' });
  });

  it('speaks the older version', async () => {
    const { authorizer, asked } = setUp([{ allowed: true }], { version: 'v1beta1' });
    await authorizer.authorize(attributes);
    expect(asked).toEqual([{ apiVersion: 'authorization.k8s.io/v1beta1', kind: 'SubjectAccessReview', spec: { user: 'u', group: ['g'], resourceAttributes: { namespace: 'ns', verb: 'get', version: 'v1', resource: 'pods' } } }]);
  });
});

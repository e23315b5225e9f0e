import type { KubeObject } from '@kubernode/apimachinery';
import type { ResourceEndpoint } from '../../endpoints/endpoint.ts';
import { admitUnstored, type Judge } from '../../endpoints/unstored-request.ts';
import type { Authorizer, RequestContext } from '../../pipeline/api-request.ts';
import type { Admission } from '../../registry/write/write-request.ts';
import type { RuleResolver } from '../rule-resolver.ts';
import { reviewLocalSubjectAccess, reviewSelfAccess, reviewSelfRules, reviewSubjectAccess } from './access-reviews.ts';
import type { ReviewCodec } from './review-codec.ts';

const GROUP = 'authorization.k8s.io';
const VERSION = 'v1';

/** The four reviews of authorization.k8s.io: questions that are answered and forgotten. */
export function accessReviewEndpoints({ authorizer, rules, codec, admission }: { authorizer: Authorizer; rules: RuleResolver; codec: ReviewCodec; admission: Admission }): ResourceEndpoint[] {
  const endpoint = (resource: string, name: string, review: (object: KubeObject, judge: Judge, context: RequestContext) => Promise<KubeObject>): ResourceEndpoint => ({
    group: GROUP, version: VERSION, resource, subresource: '', verb: 'create',
    handle: async (request, context) => {
      const kind = { group: GROUP, version: VERSION, kind: name };
      const object = await codec.read(request, context, kind);
      const judge = await admitUnstored(admission, { object, kind }, request, context);
      return codec.answer(request, 201, await review(object, judge, context));
    },
  });
  return [
    endpoint('selfsubjectaccessreviews', 'SelfSubjectAccessReview', (object, judge, { user }) => reviewSelfAccess(object, user, { authorizer, judge })),
    endpoint('subjectaccessreviews', 'SubjectAccessReview', (object, judge) => reviewSubjectAccess(object, { authorizer, judge })),
    endpoint('localsubjectaccessreviews', 'LocalSubjectAccessReview', (object, judge, { info }) => reviewLocalSubjectAccess(object, info.namespace, { authorizer, judge })),
    endpoint('selfsubjectrulesreviews', 'SelfSubjectRulesReview', (object, judge, { user }) => reviewSelfRules(object, user, { rules, judge })),
  ];
}

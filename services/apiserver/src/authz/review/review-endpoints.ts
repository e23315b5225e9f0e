import type { KubeObject } from '@kubernode/apimachinery';
import type { ResourceEndpoint } from '../../endpoints/endpoint.ts';
import type { Authorizer, RequestContext } from '../../pipeline/api-request.ts';
import type { RuleResolver } from '../rule-resolver.ts';
import { reviewLocalSubjectAccess, reviewSelfAccess, reviewSelfRules, reviewSubjectAccess } from './access-reviews.ts';
import type { ReviewCodec } from './review-codec.ts';

const GROUP = 'authorization.k8s.io';
const VERSION = 'v1';

/** The four reviews of authorization.k8s.io: questions that are answered and forgotten. */
export function accessReviewEndpoints({ authorizer, rules, codec }: { authorizer: Authorizer; rules: RuleResolver; codec: ReviewCodec }): ResourceEndpoint[] {
  const endpoint = (resource: string, kind: string, review: (object: KubeObject, context: RequestContext) => KubeObject | Promise<KubeObject>): ResourceEndpoint => ({
    group: GROUP, version: VERSION, resource, subresource: '', verb: 'create',
    handle: async (request, context) => codec.answer(request, 201, await review(await codec.read(request, context, { group: GROUP, version: VERSION, kind }), context)),
  });
  return [
    endpoint('selfsubjectaccessreviews', 'SelfSubjectAccessReview', (object, { user }) => reviewSelfAccess(object, user, authorizer)),
    endpoint('subjectaccessreviews', 'SubjectAccessReview', (object) => reviewSubjectAccess(object, authorizer)),
    endpoint('localsubjectaccessreviews', 'LocalSubjectAccessReview', (object, { info }) => reviewLocalSubjectAccess(object, info.namespace, authorizer)),
    endpoint('selfsubjectrulesreviews', 'SelfSubjectRulesReview', (object, { user }) => reviewSelfRules(object, user, rules)),
  ];
}

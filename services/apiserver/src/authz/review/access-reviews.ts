import type { authorizationV1 } from '@kubernode/api';
import { badRequest, type KubeObject } from '@kubernode/apimachinery';
import type { Authorizer, UserInfo } from '../../pipeline/api-request.ts';
import type { Judge } from '../../endpoints/unstored-request.ts';
import type { RuleResolver } from '../rule-resolver.ts';
import { type ReviewQuestion, reviewQuestion } from './review-attributes.ts';
import { invalidReview, validateLocalReview, validateSelfReview, validateSubjectReview } from './validate-review.ts';

/** A review as decoded from a request: nothing but the kind is certain. */
export type Review<T> = Partial<T> & Pick<KubeObject, 'kind' | 'apiVersion'>;

/** Who knows the answer, and who has to agree that it is given: that is asked of reviews that are right. */
export interface Reviewer { authorizer: Authorizer; judge: Judge }

/** May I? */
export async function reviewSelfAccess(review: Review<authorizationV1.SelfSubjectAccessReview>, user: UserInfo, reviewer: Reviewer): Promise<KubeObject> {
  const { metadata = { name: '' }, spec = {} } = review;
  const errors = validateSelfReview({ metadata, spec });
  if (errors.length > 0) throw invalidReview(errors);
  return answer(review, spec, reviewQuestion(user, spec), reviewer);
}

/** May someone else? */
export async function reviewSubjectAccess(review: Review<authorizationV1.SubjectAccessReview>, reviewer: Reviewer): Promise<KubeObject> {
  const { metadata = { name: '' }, spec = {} } = review;
  const errors = validateSubjectReview({ metadata, spec });
  if (errors.length > 0) throw invalidReview(errors);
  return answer(review, spec, reviewQuestion(subject(spec), spec), reviewer);
}

/** May someone else, in this namespace? `namespace` is the path's. */
export async function reviewLocalSubjectAccess(review: Review<authorizationV1.LocalSubjectAccessReview>, namespace: string, reviewer: Reviewer): Promise<KubeObject> {
  const { managedFields, ...given } = review.metadata ?? { name: '' };
  const metadata = { ...given, namespace: given.namespace || namespace, ...(managedFields && { managedFields }) };
  const { spec = {} } = review;
  if (metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const errors = validateLocalReview({ metadata, spec });
  if (errors.length > 0) throw invalidReview(errors);
  return { ...await answer(review, spec, reviewQuestion(subject(spec), spec), reviewer), metadata };
}

/** What may I? */
export async function reviewSelfRules(review: Review<authorizationV1.SelfSubjectRulesReview>, user: UserInfo, { rules, judge }: { rules: RuleResolver; judge: Judge }): Promise<KubeObject> {
  const namespace = review.spec?.namespace ?? '';
  if (namespace === '') throw badRequest('no namespace on request');
  await judge();
  const { resourceRules, nonResourceRules, incomplete, errors } = rules.rulesFor(user, namespace);
  const evaluationError = errors.length === 0 ? {} : { evaluationError: errors.length === 1 ? errors[0] : `[${errors.join(', ')}]` };
  return {
    kind: review.kind, apiVersion: review.apiVersion, metadata: NO_METADATA, spec: {},
    status: { resourceRules, nonResourceRules, incomplete, ...evaluationError },
  };
}

function subject({ user = '', uid = '', groups, extra }: Readonly<authorizationV1.SubjectAccessReviewSpec>): UserInfo {
  return { name: user, uid, groups: groups ?? [], extra: extra ?? {} };
}

async function answer(review: Pick<KubeObject, 'kind' | 'apiVersion'> & { metadata?: KubeObject['metadata'] }, spec: unknown, { attributes, evaluationError }: ReviewQuestion, { authorizer, judge }: Reviewer): Promise<KubeObject> {
  await judge();
  const { verdict, reason, error } = await authorizer.authorize(attributes);
  const told = [evaluationError, error ?? ''].filter((text) => text !== '').join('; ');
  return {
    kind: review.kind, apiVersion: review.apiVersion, metadata: review.metadata ?? NO_METADATA, spec,
    status: {
      allowed: verdict === 'allow', ...(verdict === 'deny' && { denied: true }),
      ...(reason !== '' && { reason }), ...(told !== '' && { evaluationError: told }),
    },
  };
}

/** Reviews have no name; their metadata is an empty object. */
const NO_METADATA = {} as KubeObject['metadata']; // the one kind of object that is never named

import type { authenticationV1 } from '@kubernode/api';
import { badRequest, type KubeObject } from '@kubernode/apimachinery';
import type { UserInfo } from '../pipeline/api-request.ts';
import type { BearerTokenAuthenticator } from './bearer-token.ts';

/** Who am I? */
export function reviewSelf(apiVersion: string, user: UserInfo, nowMs: number): KubeObject {
  return {
    kind: 'SelfSubjectReview', apiVersion,
    metadata: { creationTimestamp: `${new Date(nowMs).toISOString().slice(0, 19)}Z` } as KubeObject['metadata'], // reviews have no name
    status: { userInfo: shownUser(user) },
  };
}

/** Whose token is this? */
export async function reviewToken(review: Readonly<Partial<authenticationV1.TokenReview>>, bearer: BearerTokenAuthenticator, apiAudiences: readonly string[]): Promise<KubeObject> {
  const spec: Partial<authenticationV1.TokenReviewSpec> = review.spec ?? {};
  const token = spec.token ?? '';
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const verdict = await bearer.review(token, spec.audiences?.length ? spec.audiences : apiAudiences);
  const status = verdict.kind === 'user'
    ? { authenticated: true, user: shownUser(verdict.user), ...(verdict.audiences.length > 0 && { audiences: verdict.audiences }) }
    : { user: {}, error: verdict.kind === 'unknown' ? INVALID : `[${INVALID}, ${verdict.reason}]` };
  const metadata = {} as KubeObject['metadata']; // reviews have no name
  return { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata, spec: { token, ...(spec.audiences?.length && { audiences: spec.audiences }) }, status };
}

const INVALID = 'invalid bearer token';

function shownUser({ name, uid, groups, extra }: UserInfo): authenticationV1.UserInfo {
  return {
    username: name, ...(uid !== '' && { uid }), ...(groups.length > 0 && { groups: [...groups] }),
    ...(Object.keys(extra).length > 0 && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}

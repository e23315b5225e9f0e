import type { authenticationV1 } from '@kubernode/api';
import { badRequest, type KubeObject } from '@kubernode/apimachinery';
import type { UserInfo } from '../pipeline/api-request.ts';
import type { Judge } from '../endpoints/unstored-request.ts';
import { ANONYMOUS_USER } from './authenticated-group.ts';
import { type TokenVerdict, UNKNOWN_TOKEN } from './token-authenticator.ts';
import { bearerToken, type BearerTokenAuthenticator } from './bearer-token.ts';

/** Who am I? */
export function reviewSelf(apiVersion: string, user: UserInfo, nowMs: number): KubeObject {
  return {
    kind: 'SelfSubjectReview', apiVersion,
    metadata: { creationTimestamp: `${new Date(nowMs).toISOString().slice(0, 19)}Z` } as KubeObject['metadata'], // reviews have no name
    status: { userInfo: shownUser(user) },
  };
}

/** What a token review needs: who judges tokens, for whom they are meant by default, and whether no credentials are credentials too. */
export interface TokenReviewer { bearer: BearerTokenAuthenticator; apiAudiences: readonly string[]; anonymous: boolean; /** Admission's last word. */ judge: Judge }

/** Whose token is this? */
export async function reviewToken(review: Readonly<Partial<authenticationV1.TokenReview>>, { bearer, apiAudiences, anonymous, judge }: TokenReviewer): Promise<KubeObject> {
  const spec: Partial<authenticationV1.TokenReviewSpec> = review.spec ?? {};
  const token = spec.token ?? '';
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  await judge();
  const audiences = spec.audiences?.length ? spec.audiences : apiAudiences;
  const read = bearerToken(`Bearer ${token}`); // as if it came in a header: what cannot stand there is no credential
  const verdict: TokenVerdict = read !== undefined ? await bearer.review(read, audiences) : anonymous ? { kind: 'user', user: ANONYMOUS_USER, audiences } : UNKNOWN_TOKEN;
  const given = review.status?.error ? { error: review.status.error } : {};
  const status = verdict.kind === 'user'
    ? { authenticated: true, user: shownUser(verdict.user), ...(verdict.audiences.length > 0 && { audiences: verdict.audiences }), ...given }
    : { user: {}, error: verdict.kind === 'unknown' ? INVALID : `[${INVALID}, ${verdict.reason}]` };
  const { namespace: _namespace, ...metadata } = review.metadata ?? {}; // of the cluster
  return { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: metadata as KubeObject['metadata'], spec: { token, ...(spec.audiences?.length && { audiences: spec.audiences }) }, status };
}

const INVALID = 'invalid bearer token';

function shownUser({ name, uid, groups, extra }: UserInfo): authenticationV1.UserInfo {
  return {
    username: name, ...(uid !== '' && { uid }), ...(groups.length > 0 && { groups: [...groups] }),
    ...(Object.keys(extra).length > 0 && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}

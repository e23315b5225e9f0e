import type { authenticationV1 } from '@kubernode/api';
import { errorMessage, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { ExpiringCache } from '../expiring-cache.ts';
import { intersect, type TokenAuthenticator, type TokenVerdict, UNKNOWN_TOKEN } from '../token-authenticator.ts';
import type { ReviewWebhook } from './review-webhook.ts';

const CACHED_VERDICTS_MAX = 16_384;

export interface TokenWebhookOptions {
  webhook: ReviewWebhook;
  /** v1 or v1beta1 of authentication.k8s.io. */
  version: string;
  /** For how long what the webhook said holds; 0 asks every time. */
  cacheTtlMs: number;
  apiAudiences: readonly string[];
  clock: Pick<Clock, 'monotonicNow'>;
  logger: Pick<Logger, 'error'>;
}

/** Asks a webhook whom tokens stand for, by TokenReviews. Failed calls are not remembered, what was answered is. */
export function tokenWebhookAuthenticator(options: TokenWebhookOptions): TokenAuthenticator {
  const known = new ExpiringCache<TokenVerdict>({ clock: options.clock, entriesMax: CACHED_VERDICTS_MAX });
  return {
    async authenticate(token, audiences) {
      const key = JSON.stringify([token, ...audiences]);
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      const asked = { apiVersion: `authentication.k8s.io/${options.version}`, kind: 'TokenReview', spec: { token, ...(audiences.length > 0 && { audiences }) } };
      try {
        const verdict = verdictOf(await options.webhook.review(asked), audiences, options.apiAudiences);
        known.set(key, verdict, options.cacheTtlMs);
        return verdict;
      } catch (error) {
        options.logger.error('failed to make webhook authenticator request', { error: errorMessage(error) });
        return { kind: 'refused', reason: errorMessage(error) };
      }
    },
  };
}

/** A webhook that knows nothing of audiences speaks for this server alone. */
function verdictOf(answer: Readonly<Partial<authenticationV1.TokenReviewStatus>>, wanted: readonly string[], apiAudiences: readonly string[]): TokenVerdict {
  const audiences = intersect(wanted, answer.audiences?.length ? answer.audiences : apiAudiences);
  if (wanted.length > 0 && audiences.length === 0) return UNKNOWN_TOKEN;
  if (answer.authenticated !== true) return answer.error ? { kind: 'refused', reason: answer.error } : UNKNOWN_TOKEN;
  const { username = '', uid = '', groups, extra } = answer.user ?? {};
  return { kind: 'user', user: { name: username, uid, groups: groups ?? [], extra: extra ?? {} }, audiences };
}

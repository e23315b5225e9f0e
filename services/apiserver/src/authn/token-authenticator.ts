import type { UserInfo } from '../pipeline/api-request.ts';

/** Whom a token stands for. `unknown`: no token of this kind. `refused`: of this kind, but not valid; the reason is for token reviews alone. */
export type TokenVerdict =
  | { kind: 'user'; user: UserInfo; audiences: readonly string[]; notes?: TokenNotes }
  | { kind: 'unknown' }
  | { kind: 'refused'; reason: string };

/** What is to be said of every request with a token. */
export interface TokenNotes { warnings: readonly string[]; annotations: Readonly<Record<string, string>> }

/** Judges one kind of bearer token. `audiences` are those one of which the token must be meant for. */
export interface TokenAuthenticator {
  authenticate(token: string, audiences: readonly string[]): TokenVerdict | Promise<TokenVerdict>;
}

export const UNKNOWN_TOKEN: TokenVerdict = { kind: 'unknown' };

/** For tokens that say nothing of audiences: they are meant for this API server. */
export function forApiAudiences(user: UserInfo, apiAudiences: readonly string[], audiences: readonly string[]): TokenVerdict {
  const common = intersect(apiAudiences, audiences);
  return common.length === 0 && apiAudiences.length > 0 ? UNKNOWN_TOKEN : { kind: 'user', user, audiences: common };
}

export function intersect(values: readonly string[], others: readonly string[]): string[] {
  return values.filter((value) => others.includes(value));
}

/** Asks one kind after the other; the first that knows the user wins, otherwise what the refusing ones said. */
export function unionTokenAuthenticator(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return {
    async authenticate(token, audiences) {
      const reasons: string[] = [];
      for (const authenticator of authenticators) {
        const verdict = await authenticator.authenticate(token, audiences);
        if (verdict.kind === 'user') return verdict;
        if (verdict.kind === 'refused') reasons.push(verdict.reason);
      }
      return reasons.length === 0 ? UNKNOWN_TOKEN : { kind: 'refused', reason: reasons.join(', ') };
    },
  };
}

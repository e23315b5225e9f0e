import { unauthorized } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ApiRequest, AuthenticationNotes, Authenticator, Known, UserInfo } from '../pipeline/api-request.ts';
import { withAuthenticatedGroup } from './authenticated-group.ts';
import type { TokenAuthenticator, TokenNotes, TokenVerdict } from './token-authenticator.ts';
import { TokenCache } from './token-cache.ts';

export interface BearerTokenOptions {
  tokens: TokenAuthenticator;
  apiAudiences: readonly string[];
  clock: Pick<Clock, 'monotonicNow'>;
}

/** `Authorization: Bearer TOKEN`. A token that is known is answered from a cache without waiting. */
export class BearerTokenAuthenticator implements Authenticator {
  readonly #tokens: TokenAuthenticator;
  readonly #apiAudiences: readonly string[];
  /** By whole headers, so that a hit costs no parsing. */
  readonly #cache: TokenCache;
  /** Checks under way, so that many requests with a new token cost one check. */
  readonly #pending = new Map<string, Promise<TokenVerdict>>();

  constructor({ tokens, apiAudiences, clock }: BearerTokenOptions) {
    this.#tokens = tokens;
    this.#apiAudiences = apiAudiences;
    this.#cache = new TokenCache(clock);
  }

  /** The user of a request whose token was accepted a moment ago. */
  known({ headers: { authorization } }: Pick<ApiRequest, 'headers'>, notes?: AuthenticationNotes): Known {
    if (authorization === undefined) return 'nobody';
    const known = this.#cache.get(authorization);
    if (known === undefined) return 'ask';
    pass(known.notes, notes);
    return known.user;
  }

  async authenticate(request: Pick<ApiRequest, 'headers'>, notes?: AuthenticationNotes): Promise<UserInfo | undefined> {
    const authorization = request.headers['authorization'];
    if (authorization === undefined) return undefined;
    const known = this.known(request, notes);
    if (typeof known === 'object') return known;
    const token = bearerToken(authorization);
    if (token === undefined) { if (SPACE_BEFORE_TOKEN.test(authorization)) notes?.warnings.push(SPACE_WARNING); return undefined; }
    return this.#accept(authorization, token, notes);
  }

  /** The user of a token that came some other way. Throws 401 for one that is not accepted. */
  async authenticateToken(token: string, notes?: AuthenticationNotes): Promise<UserInfo> {
    const key = `Bearer ${token}`;
    const known = this.#cache.get(key);
    if (known === undefined) return this.#accept(key, token, notes);
    pass(known.notes, notes);
    return known.user;
  }

  async #accept(cacheKey: string, token: string, notes: AuthenticationNotes | undefined): Promise<UserInfo> {
    const verdict = await this.#check(token);
    if (verdict.kind !== 'user') throw unauthorized();
    this.#cache.set(cacheKey, verdict);
    pass(verdict.notes, notes);
    return verdict.user;
  }

  /** For token reviews: whom a token stands for, meant for any of `audiences`. */
  review(token: string, audiences: readonly string[]): Promise<TokenVerdict> {
    return this.#verify(token, audiences);
  }

  #check(token: string): Promise<TokenVerdict> {
    const underWay = this.#pending.get(token);
    if (underWay !== undefined) return underWay;
    const check = this.#verify(token, this.#apiAudiences).finally(() => { this.#pending.delete(token); });
    this.#pending.set(token, check);
    return check;
  }

  async #verify(token: string, audiences: readonly string[]): Promise<TokenVerdict> {
    const verdict = await this.#tokens.authenticate(token, audiences);
    return verdict.kind === 'user' ? { ...verdict, user: withAuthenticatedGroup(verdict.user) } : verdict;
  }
}

const SPACE_BEFORE_TOKEN = /^\s*bearer  ./i;
const SPACE_WARNING = 'the provided Authorization header contains extra space before the bearer token, and is ignored';

function pass(said: TokenNotes | undefined, notes: AuthenticationNotes | undefined): void {
  if (said === undefined || notes === undefined) return;
  notes.warnings.push(...said.warnings);
  Object.assign(notes.auditAnnotations, said.annotations);
}

/** The token of an Authorization header. The scheme's case is ignored and so are words behind the token; without a token there are no credentials. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const [scheme = '', token = ''] = authorization.trim().split(' ', 2);
  return token !== '' && scheme.toLowerCase() === 'bearer' ? token : undefined;
}

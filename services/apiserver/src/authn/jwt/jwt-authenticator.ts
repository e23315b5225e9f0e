import { isJsonObject } from '@kubernode/apimachinery';
import { errorMessage, timeLimit, type Clock } from '@kubernode/base';
import { forApiAudiences, type TokenAuthenticator, type TokenVerdict, UNKNOWN_TOKEN } from '../token-authenticator.ts';
import type { CompiledExpressions } from './compile-jwt-config.ts';
import type { JwtAuthenticatorConfig } from './jwt-config.ts';
import type { HttpsGetOptions } from './https-get.ts';
import { RemoteKeySet } from './key-set.ts';
import { userOfClaims } from './map-claims.ts';
import { type Claims, untrustedIssuer, verifyJwt } from './verify-jwt.ts';

const CLAIM_TIMEOUT_MS = 30_000;
/** Issuers of distributed claims whose keys are remembered; nobody has many. */
const CLAIM_ISSUERS_MAX = 64;

export interface JwtAuthenticatorOptions {
  config: JwtAuthenticatorConfig;
  expressions: CompiledExpressions;
  algorithms: readonly string[];
  apiAudiences: readonly string[];
  get(url: string, options: HttpsGetOptions): Promise<string>;
  clock: Clock;
  observeKeys?: ((result: 'success' | 'failure', text: string) => void) | undefined;
  /** Told how long the judgement of a token of this issuer took. */
  observe?: ((result: 'success' | 'failure', durationMs: number) => void) | undefined;
}

/** Tokens of one OpenID issuer. */
export function jwtAuthenticator(options: JwtAuthenticatorOptions): TokenAuthenticator {
  const { config: { issuer }, apiAudiences, clock, observe } = options;
  const { discoveryURL: _discovery, ...elsewhere } = issuer; // another issuer's document is at its own address
  const keys = new RemoteKeySet({ issuer, get: options.get, clock, observe: options.observeKeys });
  const claimKeys = new Map<string, RemoteKeySet>();
  const verify = (token: string, url: string, from: RemoteKeySet): Promise<Claims> => verifyJwt(token, { issuer: url, audiences: issuer.audiences, algorithms: options.algorithms, keys: from, nowMs: clock.now() });
  const distributed = async (token: string): Promise<Claims> => {
    const url = untrustedIssuer(token) ?? '';
    let from = claimKeys.get(url);
    if (from === undefined) {
      if (claimKeys.size >= CLAIM_ISSUERS_MAX) throw new Error('too many issuers of distributed claims');
      claimKeys.set(url, from = new RemoteKeySet({ issuer: { ...elsewhere, url }, get: options.get, clock }));
    }
    return verify(token, url, from);
  };
  const judge = async (token: string, audiences: readonly string[]): Promise<TokenVerdict> => {
    try {
      const claims = await verify(token, issuer.url, keys).catch((error: unknown) => { throw new Error(`oidc: verify token: ${errorMessage(error)}`); });
      const full = await withDistributedClaim(claims, options, distributed).catch((error: unknown) => { throw new Error(`oidc: could not expand distributed claims: ${errorMessage(error)}`); });
      return forApiAudiences(userOfClaims(full, options.config, options.expressions), apiAudiences, audiences);
    } catch (error) { return { kind: 'refused', reason: errorMessage(error) }; }
  };
  return {
    async authenticate(token, audiences) {
      if (untrustedIssuer(token) !== issuer.url) return UNKNOWN_TOKEN;
      const startedAt = clock.monotonicNow();
      const verdict = await judge(token, audiences);
      observe?.(verdict.kind === 'user' ? 'success' : 'failure', clock.monotonicNow() - startedAt);
      return verdict;
    },
  };
}

/** The claims with the groups claim, where the token only says who knows it: a provider answers with a token of its own that has the claim. */
async function withDistributedClaim(claims: Claims, { config, get, clock }: JwtAuthenticatorOptions, verify: (token: string) => Promise<Claims>): Promise<Claims> {
  const claim = config.claimMappings.groups?.claim ?? '';
  if (claim === '' || Object.hasOwn(claims, claim) || !Object.hasOwn(claims, '_claim_names')) return claims;
  const { _claim_names: names, _claim_sources: sources } = claims;
  if (!isJsonObject(names)) throw new Error('oidc: error parsing distributed claim names');
  if (!isJsonObject(sources)) throw new Error('oidc: no claim sources');
  const source = names[claim];
  if (typeof source !== 'string') return claims;
  const endpoint = sources[source];
  if (!isJsonObject(endpoint)) throw new Error(`id token _claim_names contained a source ${source} missing in _claims_sources`);
  const { endpoint: url, access_token: bearerToken } = endpoint;
  if (typeof url !== 'string' || url === '') return claims;
  using limit = timeLimit({ clock, ms: CLAIM_TIMEOUT_MS });
  const answer = await get(url, { ca: config.issuer.certificateAuthority, signal: limit.signal, ...(typeof bearerToken === 'string' && { bearerToken }) })
    .catch((error: unknown) => { throw new Error(`while getting distributed claim ${JSON.stringify(claim)}: ${errorMessage(error)}`); });
  const given = await verify(answer.trim()).catch((error: unknown) => { throw new Error(`verify distributed claim token: ${errorMessage(error)}`); });
  if (!Object.hasOwn(given, claim)) throw new Error(`jwt returned by distributed claim endpoint ${JSON.stringify(url)} did not contain claim: ${claim}`);
  return { ...claims, [claim]: given[claim] };
}

import { compactVerify, decodeProtectedHeader } from 'jose';
import type { Clock } from '@kubernode/base';
import { isJsonObject } from '@kubernode/apimachinery';
import { intersect, type TokenAuthenticator, type TokenVerdict, UNKNOWN_TOKEN } from '../token-authenticator.ts';
import { audiencesOf, type TokenClaims } from './claims.ts';
import type { AccountKeys } from './account-keys.ts';
import type { TokenLookups } from './lookups.ts';
import { LEGACY_ISSUER, verifyLegacyToken } from './verify-legacy-token.ts';
import { quoteList } from '../../authz/rbac/rule-cover.ts';
import type { TokenUse } from './verified-token.ts';
import { verifyBoundToken } from './verify-bound-token.ts';

export interface ServiceAccountTokenOptions {
  /** The first signs; tokens of the others are still accepted, so that an issuer can be changed without an outage. */
  issuers: readonly string[];
  keys: Pick<AccountKeys, 'verification' | 'find'>;
  apiAudiences: readonly string[];
  lookups: TokenLookups;
  clock: Pick<Clock, 'now'>;
  /** Told of every token that is accepted. */
  observe?: ((use: TokenUse) => void) | undefined;
}

/** Signed tokens of service accounts, those of TokenRequest and those that secrets keep. */
export function serviceAccountTokenAuthenticator(options: ServiceAccountTokenOptions): TokenAuthenticator {
  return {
    authenticate(token, audiences) {
      const issuer = claimedIssuer(token);
      if (issuer === undefined || !(issuer === LEGACY_ISSUER || options.issuers.includes(issuer))) return UNKNOWN_TOKEN;
      return judge(token, issuer, audiences, options);
    },
  };
}

async function judge(token: string, issuer: string, audiences: readonly string[], { keys, apiAudiences, lookups, clock, observe }: ServiceAccountTokenOptions): Promise<TokenVerdict> {
  const claims = await verifySignature(token, keys);
  if (typeof claims === 'string') return { kind: 'refused', reason: claims };
  const own = audiencesOf(claims);
  const meantFor = own.length === 0 ? apiAudiences : own; // only tokens of secrets say nothing
  const common = intersect(meantFor, audiences);
  if (common.length === 0 && apiAudiences.length > 0) {
    return { kind: 'refused', reason: `token audiences ${quoteList(meantFor)} is invalid for the target audiences ${quoteList(audiences)}` };
  }
  const verified = issuer === LEGACY_ISSUER ? await verifyLegacyToken(token, claims, lookups) : await verifyBoundToken(claims, { lookups, nowMs: clock.now() });
  if (typeof verified === 'string') return { kind: 'refused', reason: verified };
  const { user, use, notes } = verified;
  observe?.(use);
  return { kind: 'user', user, audiences: common, ...(notes && { notes }) };
}

/** The claims once a key's signature was found on them; a text says why not. Only the algorithm that belongs to a key is tried with it. */
async function verifySignature(token: string, keys: ServiceAccountTokenOptions['keys']): Promise<TokenClaims | string> {
  const id = keyIdOf(token);
  const known = id === undefined ? keys.verification() : keys.verification().filter((key) => key.id === id);
  const candidates = known.length === 0 && id !== undefined && keys.find !== undefined ? await keys.find(id) : known;
  if (candidates.length === 0) return 'invalid signature, no keys found';
  for (const { key, algorithm } of candidates) {
    const verified = await compactVerify(token, key, { algorithms: [algorithm] }).catch(() => undefined); // a wrong signature is the expected fault here
    const claims = verified && parseClaims(Buffer.from(verified.payload).toString());
    if (claims) return claims;
  }
  return 'go-jose/go-jose: error in cryptographic primitive';
}

function keyIdOf(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return kid === undefined || kid === '' ? undefined : kid;
  } catch { return undefined; } // the signature check says what is wrong
}

/** The issuer a token names, before anything is verified: it only tells whose business the token is. */
function claimedIssuer(token: string): string | undefined {
  const parts = token.split('.');
  return parts.length === 3 ? parseClaims(Buffer.from(parts[1] ?? '', 'base64url').toString())?.iss : undefined;
}

function parseClaims(json: string): TokenClaims | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : undefined;
  } catch { return undefined; } // no token of ours
}

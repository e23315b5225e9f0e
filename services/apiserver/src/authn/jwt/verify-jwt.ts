import { compactVerify, decodeProtectedHeader } from 'jose';
import { goQuote, isJsonObject } from '@kubernode/apimachinery';
import { quoteList } from '../../authz/rbac/rule-cover.ts';
import type { RemoteKeySet } from './key-set.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** Clocks of issuers may be ahead of ours by this much. */
const NOT_BEFORE_LEEWAY_MS = 5 * 60_000;
const GOOGLE = 'https://accounts.google.com';

export interface TokenDemands { issuer: string; audiences: readonly string[]; algorithms: readonly string[]; keys: RemoteKeySet; nowMs: number }

/** The claims of a token whose signature, issuer, audience and times hold. Rejects with an Error in the words of Kubernetes' library. */
export async function verifyJwt(token: string, { issuer, audiences, algorithms, keys, nowMs }: TokenDemands): Promise<Claims> {
  const header = headerOf(token);
  if (header.alg === undefined || !algorithms.includes(header.alg)) throw new Error(`oidc: id token signed with unsupported algorithm, expected ${quoteList(algorithms)} got ${goQuote(header.alg ?? '')}`);
  const claims = untrustedClaims(token);
  if (claims === undefined) throw new Error('oidc: malformed jwt: the payload is no JSON object');
  if (issuerOf(claims) !== issuer) throw new Error(`oidc: id token issued by a different provider, expected ${goQuote(issuer)} got ${goQuote(issuerOf(claims) ?? '')}`);
  const given = stringsOf(claims['aud']);
  if (!given.some((audience) => audiences.includes(audience))) throw new Error(audiences.length === 1 ? `oidc: expected audience ${goQuote(audiences[0] ?? '')} got ${quoteList(given)}` : `oidc: expected audience in ${quoteList([...audiences].sort())} got ${quoteList(given)}`);
  checkTimes(claims, nowMs);
  await checkSignature(token, header, keys);
  return claims;
}

/** The issuer that a token names, before anything is verified; undefined for what is no JWT. */
export function untrustedIssuer(token: string): string | undefined {
  const claims = untrustedClaims(token);
  return claims === undefined ? undefined : issuerOf(claims);
}

function issuerOf({ iss }: Claims): string | undefined {
  if (iss === 'accounts.google.com') return GOOGLE; // as it was called before
  return typeof iss === 'string' ? iss : undefined;
}

function untrustedClaims(token: string): Claims | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    return isJsonObject(claims) ? claims : undefined;
  } catch { return undefined; } // no JWT
}

function headerOf(token: string): { alg?: string; kid?: string } {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { ...(alg !== undefined && { alg }), ...(kid !== undefined && { kid }) };
  } catch { throw new Error('oidc: malformed jwt: the header cannot be read'); } // whatever is wrong with it
}

function checkTimes({ exp, nbf }: Claims, nowMs: number): void {
  const expiryMs = typeof exp === 'number' ? exp * 1000 : 0;
  if (expiryMs < nowMs) throw new Error(`oidc: token is expired (Token Expiry: ${goTime(expiryMs)})`);
  if (typeof nbf === 'number' && nowMs + NOT_BEFORE_LEEWAY_MS < nbf * 1000) throw new Error(`oidc: current time ${goTime(nowMs)} before the nbf (not before) time: ${goTime(nbf * 1000)}`);
}

async function checkSignature(token: string, header: { alg?: string; kid?: string }, keys: RemoteKeySet): Promise<void> {
  const { alg } = header;
  if (alg === undefined) throw new Error('failed to verify signature: failed to verify id token signature');
  for (const key of await keys.keysFor({ ...header, alg })) {
    const verified = await compactVerify(token, key, { algorithms: [alg] }).catch(() => undefined); // a wrong signature is the expected fault here
    if (verified !== undefined) return;
  }
  throw new Error('failed to verify signature: failed to verify id token signature');
}

/** A time as Go prints it. */
function goTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** A claim that is a text or a list of texts. */
export function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

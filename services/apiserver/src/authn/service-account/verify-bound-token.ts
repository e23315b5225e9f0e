import { goQuote } from '@kubernode/apimachinery';
import type { ObjectMeta } from '@kubernode/apimachinery';
import type { VerifiedToken } from './verified-token.ts';
import { accountGroups, accountUsername } from './account-name.ts';
import { CLOCK_LEEWAY_MS, type ObjectReference, timeFault, type TokenClaims } from './claims.ts';
import type { TokenLookups } from './lookups.ts';

const INVALIDATED = 'service account token has been invalidated';

/** The user of a token whose signature, issuer and audience hold; a text says why there is none. */
export async function verifyBoundToken(claims: TokenClaims, { lookups, nowMs }: { lookups: TokenLookups; nowMs: number }): Promise<VerifiedToken | string> {
  const fault = timeFault(claims, nowMs);
  if (fault !== undefined) return fault;
  const { namespace = '', serviceaccount = {}, pod, secret, node } = claims['kubernetes.io'] ?? {};
  const { name = '', uid = '' } = serviceaccount;
  const account = await lookups.serviceAccount(namespace, name);
  if (account === undefined) return `serviceaccounts ${goQuote(name)} not found`;
  if (account.metadata.uid !== uid) return `service account UID (${account.metadata.uid ?? ''}) does not match claim (${uid})`;
  if (isGone(account.metadata, nowMs)) return `service account ${namespace}/${name} has been deleted`;
  const bound = (secret && boundFault('secret', secret, await lookups.secret(namespace, secret.name ?? ''), nowMs))
    ?? (pod && boundFault('pod', pod, await lookups.pod(namespace, pod.name ?? ''), nowMs))
    ?? (node && !pod && boundFault('node', node, await lookups.node(node.name ?? ''), nowMs)); // beside a pod, the node is only told, not checked
  if (bound !== undefined && bound !== false) return bound;
  const user = { name: accountUsername(namespace, name), uid, groups: accountGroups(namespace), extra: extraOf(claims) };
  return { user, use: claims['kubernetes.io']?.warnafter === undefined ? 'plain' : isStale(claims, nowMs) ? 'stale' : 'fresh', ...staleNotes(claims, nowMs) };
}

function boundFault(kind: string, { uid = '' }: Partial<ObjectReference>, object: { metadata: ObjectMeta } | undefined, nowMs: number): string | undefined {
  if (object === undefined) return INVALIDATED;
  if (object.metadata.uid !== uid) return `${kind} UID (${object.metadata.uid ?? ''}) does not match service account ${kind} ref claim (${uid})`;
  return isGone(object.metadata, nowMs) ? INVALIDATED : undefined;
}

/** Used after the time that was asked for: the client does not read its token anew. */
function isStale({ 'kubernetes.io': { warnafter } = {} }: TokenClaims, nowMs: number): boolean {
  return warnafter !== undefined && warnafter !== 0 && nowMs > warnafter * 1000;
}

function staleNotes(claims: TokenClaims, nowMs: number): Pick<VerifiedToken, 'notes'> {
  if (!isStale(claims, nowMs)) return {};
  const seconds = Math.floor(nowMs / 1000) - (claims['kubernetes.io']?.warnafter ?? 0);
  return { notes: { warnings: [], annotations: { 'authentication.k8s.io/stale-token': `subject: ${claims.sub ?? ''}, seconds after warning threshold: ${seconds}` } } };
}

/** Tokens stay good for a moment after their object's deletion time, which clocks may see differently. */
function isGone({ deletionTimestamp }: ObjectMeta, nowMs: number): boolean {
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < nowMs - CLOCK_LEEWAY_MS;
}

function extraOf({ jti, 'kubernetes.io': { pod, node } = {} }: TokenClaims): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  const add = (key: string, value: string | undefined): void => { if (value !== undefined && value !== '') extra[`authentication.kubernetes.io/${key}`] = [value]; };
  add('pod-name', pod?.name);
  add('pod-uid', pod?.uid);
  add('credential-id', jti === undefined || jti === '' ? undefined : `JTI=${jti}`);
  add('node-name', node?.name);
  add('node-uid', node?.uid);
  return extra;
}

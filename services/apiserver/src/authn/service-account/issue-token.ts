import type { ObjectReference } from './claims.ts';
import { accountUsername } from './account-name.ts';
import type { TokenSigner } from './token-signer.ts';

/** What a token is made for. At most one of pod, secret and node binds it; the node of a pod is told beside it. */
export interface TokenSubject {
  namespace: string;
  account: ObjectReference;
  pod?: ObjectReference | undefined;
  secret?: ObjectReference | undefined;
  node?: ObjectReference | undefined;
}

export interface TokenTerms {
  issuer: string;
  audiences: readonly string[];
  expirationSeconds: number;
  /** Use after this many seconds is worth a warning. */
  warnAfterSeconds?: number | undefined;
  /** The token's own name, a uuid. */
  id: string;
  nowMs: number;
}

/** Signs a token with the claims of Kubernetes. */
export function issueToken(subject: TokenSubject, terms: TokenTerms, signer: TokenSigner): Promise<string> {
  return signer.sign(tokenClaims(subject, terms));
}

/** The claims, in the order in which Kubernetes writes them. */
export function tokenClaims({ namespace, account, pod, secret, node }: TokenSubject, terms: TokenTerms): Record<string, unknown> {
  const now = Math.floor(terms.nowMs / 1000);
  return {
    aud: terms.audiences, exp: now + terms.expirationSeconds, iat: now, iss: terms.issuer, jti: terms.id,
    'kubernetes.io': {
      namespace, ...(node && { node: named(node) }), ...(pod && { pod: named(pod) }), ...(secret && { secret: named(secret) }), serviceaccount: named(account),
      ...(terms.warnAfterSeconds !== undefined && { warnafter: now + terms.warnAfterSeconds }),
    },
    nbf: now, sub: accountUsername(namespace, account.name),
  };
}

/** Empty parts are left out, as for a node that is not registered yet. */
function named({ name, uid }: ObjectReference): Partial<ObjectReference> {
  return { name, ...(uid !== '' && { uid }) };
}

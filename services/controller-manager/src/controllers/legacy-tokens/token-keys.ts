import type { coreV1 } from '@kubernode/api';

export const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
export const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/**
 * What the token controller looks at. Keys carry all that is needed when the object itself is gone: whose secret it was, and which of the accounts
 * that had this name one after the other.
 */
export type TokenKey =
  | { of: 'account'; namespace: string; name: string; uid: string }
  /** `accountUid` is '' for a secret that does not say. */
  | { of: 'secret'; namespace: string; name: string; uid: string; account: string; accountUid: string };

export function accountKey({ metadata: { namespace = '', name, uid = '' } }: Readonly<coreV1.ServiceAccount>): string {
  return formatTokenKey({ of: 'account', namespace, name, uid });
}

/** Undefined for secrets that are no tokens. */
export function secretKey(secret: Readonly<coreV1.Secret>): string | undefined {
  const { metadata: { namespace = '', name, uid = '', annotations = {} }, type } = secret;
  const { [ACCOUNT_NAME]: account = '', [ACCOUNT_UID]: accountUid = '' } = annotations;
  return type === TOKEN_SECRET_TYPE && account !== '' ? formatTokenKey({ of: 'secret', namespace, name, uid, account, accountUid }) : undefined;
}

export function formatTokenKey(key: TokenKey): string { return JSON.stringify(key); }

export function parseTokenKey(text: string): TokenKey { return JSON.parse(text) as TokenKey; } // formatTokenKey wrote it

/** Whether the secret is a token of this very account. */
export function isTokenOf({ metadata: { annotations = {} }, type }: Readonly<coreV1.Secret>, { name, uid }: { name: string; uid: string }): boolean {
  return type === TOKEN_SECRET_TYPE && annotations[ACCOUNT_NAME] === name && annotations[ACCOUNT_UID] === uid;
}

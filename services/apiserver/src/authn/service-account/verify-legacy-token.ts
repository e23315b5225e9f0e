import { goQuote } from '@kubernode/apimachinery';
import type { UserInfo } from '../../pipeline/api-request.ts';
import { equalInConstantTime } from '../bootstrap-token.ts';
import { accountGroups, accountUsername, splitAccountUsername } from './account-name.ts';
import type { TokenClaims } from './claims.ts';
import type { TokenLookups } from './lookups.ts';

export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const INVALID_SINCE_LABEL = 'kubernetes.io/legacy-token-invalid-since';

/** The user of a token that is kept in a secret and never expires: good as long as the secret holds it. A text says why there is none. */
export async function verifyLegacyToken(token: string, claims: TokenClaims, lookups: TokenLookups): Promise<UserInfo | string> {
  const {
    sub = '', 'kubernetes.io/serviceaccount/namespace': namespace = '', 'kubernetes.io/serviceaccount/secret.name': secretName = '',
    'kubernetes.io/serviceaccount/service-account.name': name = '', 'kubernetes.io/serviceaccount/service-account.uid': uid = '',
  } = claims;
  const absent = Object.entries({ sub, namespace, secretName, serviceAccountName: name, serviceAccountUID: uid }).find(([, value]) => value === '');
  if (absent !== undefined) return `${absent[0]} claim is missing`;
  const subject = splitAccountUsername(sub);
  if (subject?.namespace !== namespace || subject.name !== name) return 'sub claim is invalid';
  const secret = await lookups.secret(namespace, secretName);
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return 'Token has been invalidated';
  if (!equalInConstantTime(Buffer.from(secret.data?.['token'] ?? '', 'base64').toString(), token)) return "Token does not match server's copy";
  const account = await lookups.serviceAccount(namespace, name);
  if (account === undefined) return `serviceaccounts ${goQuote(name)} not found`;
  if (account.metadata.deletionTimestamp !== undefined) return `ServiceAccount ${namespace}/${name} has been deleted`;
  if (account.metadata.uid !== uid) return `ServiceAccount UID (${account.metadata.uid ?? ''}) does not match claim (${uid})`;
  if (secret.metadata.labels?.[INVALID_SINCE_LABEL]) return `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE_LABEL}' label from the secret to temporarily allow use of this token`;
  return { name: accountUsername(namespace, name), uid, groups: accountGroups(namespace), extra: {} };
}

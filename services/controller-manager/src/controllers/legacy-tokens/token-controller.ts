import { isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { InformerChange } from '@kubernode/client';
import { controller, nothingToDo, watch, type Action, type Controller, type Listers, type Plan, type Reach } from '@kubernode/controller';
import { ACCOUNT_NAME, ACCOUNT_UID, accountKey, isTokenOf, parseTokenKey, secretKey, TOKEN_SECRET_TYPE, type TokenKey } from './token-keys.ts';
import type { RootCa } from '../root-ca.ts';
import type { SignToken } from './token-signer.ts';

type Account = Readonly<coreV1.ServiceAccount>;
type Secret = Readonly<coreV1.Secret>;

export type TokenSnapshot =
  | { case: 'account-gone'; tokens: readonly Secret[] }
  /** The account may still name the secret. */
  | { case: 'secret-gone'; name: string; account: Account }
  /** `account` is absent when there is none; `token` is made where the secret has none. */
  | { case: 'secret'; secret: Secret; key: Extract<TokenKey, { of: 'secret' }>; account?: Account | undefined; token?: string | undefined };

export interface TokenControllerOptions { rootCa: RootCa; signToken: SignToken }

const { serviceaccounts, secrets } = coreV1Resources;

/** Fills secrets that ask for a token of a service account, and keeps them only as long as the account is there. */
export function tokenController({ rootCa, signToken }: TokenControllerOptions): Controller {
  return controller<TokenSnapshot>({
    name: 'serviceaccount_tokens_service',
    component: 'serviceaccount-token-controller',
    watches: [
      watch({ resource: serviceaccounts, keys: ({ object, previous }) => [object, previous].flatMap((one) => (one === undefined ? [] : [accountKey(one)])) }),
      watch({ resource: secrets, selector: { fieldSelector: `type=${TOKEN_SECRET_TYPE}` }, keys: secretKeys }),
    ],
    read: (key, listers) => read(parseTokenKey(key), listers),
    follow: (changed) => rootCa.onChange(changed),
    ask: (snapshot, reach) => ask(snapshot, { ...reach, rootCa: rootCa.pem, signToken }),
    reconcile: (snapshot) => reconcile(snapshot, rootCa.pem),
  });
}

/** Also the keys of what a secret was, so that an account it named before is looked at. */
function* secretKeys({ object, previous }: InformerChange<coreV1.Secret>): Generator<string> {
  for (const one of [object, previous]) {
    const key = one && secretKey(one);
    if (key !== undefined) yield key;
  }
}

function read(key: TokenKey, listers: Listers): TokenSnapshot | undefined {
  const account = listers.of(serviceaccounts).get(`${key.namespace}/${key.of === 'account' ? key.name : key.account}`);
  const uid = key.of === 'account' ? key.uid : key.accountUid;
  const same = account !== undefined && (uid === '' || account.metadata.uid === uid) ? account : undefined;
  if (key.of === 'account') return same === undefined ? { case: 'account-gone', tokens: listers.of(secrets).inNamespace(key.namespace).filter((one) => isTokenOf(one, key)) } : undefined;
  const secret = listers.of(secrets).get(`${key.namespace}/${key.name}`);
  if (secret?.metadata.uid === key.uid) return { case: 'secret', secret, key, account: same };
  return same === undefined ? undefined : { case: 'secret-gone', name: key.name, account: same };
}

/** An account that is not known yet is asked for before its token is deleted; a secret is filled in the version that the server has. */
async function ask(snapshot: TokenSnapshot, { client, signal, rootCa, signToken }: Reach & { rootCa: string; signToken: SignToken }): Promise<TokenSnapshot> {
  if (snapshot.case !== 'secret') return snapshot;
  const { secret, key } = snapshot;
  const { namespace, name } = key;
  const account = snapshot.account ?? await client.get(serviceaccounts, { namespace, name: key.account }, { signal }).catch(unlessGone);
  if (account === undefined || (key.accountUid !== '' && account.metadata.uid !== key.accountUid)) return { ...snapshot, account: undefined };
  if (!isIncomplete(secret, rootCa)) return { ...snapshot, account };
  const live = await client.get(secrets, { namespace, name }, { signal });
  if (live.metadata.resourceVersion !== secret.metadata.resourceVersion) return { case: 'account-gone', tokens: [] }; // it changed: its event comes
  return { ...snapshot, account, token: live.data?.['token'] === undefined || live.data['token'] === '' ? base64(signToken(account, live)) : undefined };
}

/** Pure: what is to be written. */
export function reconcile(snapshot: TokenSnapshot, rootCa: string): Plan {
  switch (snapshot.case) {
    case 'account-gone': return { actions: snapshot.tokens.map(deletion) };
    case 'secret-gone': return withoutReference(snapshot.account, snapshot.name);
    case 'secret': return snapshot.account === undefined ? { actions: [deletion(snapshot.secret)] } : filled(snapshot.secret, snapshot.account, snapshot.token, rootCa);
  }
}

function filled(secret: Secret, account: Account, token: string | undefined, rootCa: string): Plan {
  if (!isIncomplete(secret, rootCa)) return nothingToDo;
  const { data = {}, metadata } = secret;
  const object = {
    ...secret,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [ACCOUNT_NAME]: account.metadata.name, [ACCOUNT_UID]: account.metadata.uid ?? '' } },
    data: { ...data, ...(rootCa !== '' && { 'ca.crt': base64(rootCa) }), namespace: data['namespace'] || base64(metadata.namespace ?? ''), ...(token !== undefined && { token }) },
  };
  return { actions: [{ do: 'update', resource: secrets, object, otherwise: ({ reason }) => ({ handled: reason === 'Conflict' || reason === 'NotFound' }) }] }; // its event comes
}

function isIncomplete({ data = {} }: Secret, rootCa: string): boolean {
  return (rootCa !== '' && data['ca.crt'] !== base64(rootCa)) || !data['namespace'] || !data['token'];
}

function deletion({ metadata: { name, namespace, uid } }: Secret): Action {
  return { do: 'delete', resource: secrets, target: { name, namespace }, uid, otherwise: ({ reason }) => ({ handled: reason === 'Conflict' }) }; // another took its place
}

function withoutReference(account: Account, name: string): Plan {
  const left = (account.secrets ?? []).filter((one) => one.name !== name);
  if (left.length === (account.secrets ?? []).length) return nothingToDo;
  const object: coreV1.ServiceAccount = { ...account, secrets: left };
  return { actions: [{ do: 'update', resource: serviceaccounts, object, otherwise: ({ reason }) => ({ handled: reason === 'NotFound' }) }] };
}

function unlessGone(error: unknown): undefined { if (!isNotFound(error)) throw error; }

function base64(text: string): string { return Buffer.from(text).toString('base64'); }

import { timingSafeEqual } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { forApiAudiences, type TokenAuthenticator, UNKNOWN_TOKEN } from './token-authenticator.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const DEFAULT_GROUP = 'system:bootstrappers';

export interface BootstrapTokenOptions {
  /** A secret of kube-system. */
  secret(name: string): Readonly<coreV1.Secret> | undefined;
  apiAudiences: readonly string[];
  clock: Pick<Clock, 'now'>;
}

/** `ID.SECRET` tokens by which new nodes join, kept as secrets `bootstrap-token-ID` in kube-system. */
export function bootstrapTokenAuthenticator({ secret, apiAudiences, clock }: BootstrapTokenOptions): TokenAuthenticator {
  return {
    authenticate(token, audiences) {
      const [, id = '', tokenSecret = ''] = TOKEN.exec(token) ?? [];
      const groups = id === '' ? undefined : groupsOf(secret(`bootstrap-token-${id}`), { id, tokenSecret, now: clock.now() });
      if (groups === undefined) return UNKNOWN_TOKEN;
      return forApiAudiences({ name: `system:bootstrap:${id}`, uid: '', groups, extra: {} }, apiAudiences, audiences);
    },
  };
}

/** The groups of the token's user; undefined when the secret does not stand behind the token. */
function groupsOf(secret: Readonly<coreV1.Secret> | undefined, { id, tokenSecret, now }: { id: string; tokenSecret: string; now: number }): string[] | undefined {
  if (secret?.data === undefined || secret.type !== 'bootstrap.kubernetes.io/token' || secret.metadata.deletionTimestamp !== undefined) return undefined;
  const value = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  if (!equalInConstantTime(value('token-secret'), tokenSecret) || value('token-id') !== id) return undefined;
  if (hasExpired(value('expiration'), now) || value('usage-bootstrap-authentication') !== 'true') return undefined;
  const extra = value('auth-extra-groups').split(',').filter((group) => group !== '');
  return extra.every((group) => EXTRA_GROUP.test(group)) ? [...new Set([DEFAULT_GROUP, ...extra])].sort() : undefined;
}

/** An expiration that cannot be read counts as past. */
function hasExpired(expiration: string, now: number): boolean {
  return expiration !== '' && !(Date.parse(expiration) > now);
}

export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

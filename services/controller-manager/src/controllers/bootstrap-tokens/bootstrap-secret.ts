import { timeToMs } from '@kubernode/apimachinery';
import type { ListSelector } from '@kubernode/client';
import type { coreV1 } from '@kubernode/api';

/** Bootstrap tokens: what joins nodes to a cluster, kept as secrets of kube-system. */
export const BOOTSTRAP_SECRETS: ListSelector = { namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' };

const NAME = /^bootstrap-token-([a-z0-9]{6})$/;

/** Ms until the token ends, 0 when it has; undefined for one that never does. A time that cannot be read has passed. */
export function remainingMs(secret: Readonly<coreV1.Secret>, nowMs: number): number | undefined {
  const expiration = field(secret, 'expiration');
  if (expiration === '') return undefined;
  return Math.max(0, (timeToMs(expiration) ?? 0) - nowMs);
}

/** Id and secret of a token that may sign; undefined for one that is malformed, has ended or is for something else. */
export function signingToken(secret: Readonly<coreV1.Secret>, nowMs: number): { id: string; secret: string } | undefined {
  const [, id = ''] = NAME.exec(secret.metadata.name) ?? [];
  const token = { id, secret: field(secret, 'token-secret') };
  const fit = id !== '' && field(secret, 'token-id') === id && token.secret !== '' && field(secret, 'usage-bootstrap-signing') === 'true';
  return fit && remainingMs(secret, nowMs) !== 0 ? token : undefined;
}

function field({ data = {} }: Readonly<coreV1.Secret>, name: string): string {
  return Buffer.from(data[name] ?? '', 'base64').toString();
}
